"""The workers floor: what is derived is derived here, from marks, and kept true whatever dies in between."""
