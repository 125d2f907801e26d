"""Commands: one business write each, for mutations and importers alike.

A command takes the session of a unit of work and flushes, and never commits. It raises a `db.errors.DomainError` for
bad input; the error must leave the unit of work (`Database.write`), which then rolls back.
"""
