"""Saving a row as a person would, and the change that the audit log then has."""

from typing import Any, Final

from db.commands.audit import Author
from db.commands.save import save
from db.connections.engine import Database
from db.models import Base, Change

AUTHOR: Final = Author("ana", "it says so", "request-1")


async def save_row(
    model: type[Base], database: Database, id: int | None = None, expected_version: int | None = None, **fields: Any
) -> Change:
    """Save a row of the model in a transaction of its own and return the change."""
    async with database.write() as session:
        made = await save(session, AUTHOR, model, id=id, fields=fields, expected_version=expected_version)
    assert made.change_id is not None
    async with database.read() as session:
        return await session.get_one(Change, made.change_id)
