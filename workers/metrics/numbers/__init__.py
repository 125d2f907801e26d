"""Numbers that are known within bounds: intervals and shares."""
