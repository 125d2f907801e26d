"""What can be written: one business write each, for mutations and importers alike.

A command takes the session of a unit of work, flushes and never commits, and gives the audit log's row of what it did.
It raises a `db.errors.DomainError` for bad input, which must leave the unit of work (`Database.write`) to roll it back.
"""
