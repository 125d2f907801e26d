"""Claims as inputs: the best claim, the claims that contradict it, and the results that these would give."""
