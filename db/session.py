"""Two kinds of session, so that a function's signature says whether it may write."""

from sqlalchemy.ext.asyncio import AsyncSession


class ReadSession(AsyncSession):
    """Reads; whether its statements see one moment or each its own is up to the scope that opened it."""


class WriteSession(ReadSession):
    """One unit of work: commands add to it and flush; only the scope that opened it commits."""
