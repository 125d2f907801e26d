"""Reading the facts that formulas need."""
