"""Two kinds of session, so that a function's signature says whether it may write."""

from sqlalchemy.ext.asyncio import AsyncSession


class ReadSession(AsyncSession):
    """Each statement sees the database as it is then."""


class WriteSession(AsyncSession):
    """One unit of work: commands add to it and flush; only the scope that opened it commits."""
