"""What an answer costs beside its bare statement."""
