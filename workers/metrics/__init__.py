"""The metrics: pure formulas without SQL, and the catalogue of them."""
