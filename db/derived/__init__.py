"""Derived values: their rows, their history, and how far behind the workers are."""
