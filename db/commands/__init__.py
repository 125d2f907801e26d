"""Commands: one business write each, for mutations and importers alike.

A command takes the session of a unit of work. It flushes and never commits. It raises a `db.errors.DomainError` for bad
input. Let the error leave the unit of work (`Database.write`), which then rolls back.
"""
