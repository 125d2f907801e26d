"""The formulas, one file a family."""
