"""What an answer costs beside its bare statement, beside the ordinary way, and beside PostGraphile."""
