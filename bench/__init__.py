"""Measures the cost of an answer against its bare statement, a conventional implementation and PostGraphile."""
