"""Claims that formulas weigh: which one counts, what contradicts it, and what would follow if another counted."""
