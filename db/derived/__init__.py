"""The values that formulas yield: their rows, their history, and how far the workers are behind."""
