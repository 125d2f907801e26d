"""Pieces of SQL that both databases share: column types, compiled statements, bulk writes, locks, the clock."""
