"""Weighing claims: which one counts, which contradict it, and what the result would be if another counted."""
