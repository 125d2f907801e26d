"""Staleness of derived values: the rules, the triggers built from them, and the marks that triggers leave."""
