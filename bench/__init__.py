"""The cost of an answer, compared with its bare statement, a conventional implementation and PostGraphile."""
