"""Sources: their text, split into passages, and links to the organizations they are about."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert

from db.commands.audit import Author
from db.commands.row import insert_row
from db.commands.save import Saved, save
from db.connections.sessions import WriteSession
from db.models import Passage, Source


async def add_source(
    session: WriteSession, author: Author | None, fields: Mapping[str, Any], passages: Sequence[Mapping[str, Any]]
) -> Saved:
    """Add a source with these passages, in order. Without an author the caller logs."""
    made = await save(session, author, Source, fields=fields)
    for passage in passages:
        # Not `save`, which refuses blank text: a line of a source may be blank.
        await insert_row(session, Passage, {"section": None, **passage, "source_id": made.id})
    return made


async def link(session: WriteSession, table: Table, pairs: Sequence[Mapping[str, int]]) -> None:
    """Insert the pairs into a table that links rows of two other tables."""
    if pairs:
        await session.execute(insert(table), pairs)
