"""The records that come with Convene, and their loader. Each fact of a record cites the words that support it."""
