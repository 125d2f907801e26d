"""The metrics: pure formulas without SQL, a catalogue of them, and what they have in common."""
