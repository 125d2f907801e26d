"""The workers floor: it turns marks into recomputed metrics, and loses none when a process dies."""
