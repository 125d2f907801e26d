"""Sources: their text, passage by passage, and the organizations that they are about."""

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
    """There is a new source with these passages, in their order. Without an author the caller logs."""
    made = await save(session, author, Source, fields=fields)
    for passage in passages:
        # A line of a text may be blank, which no other text is.
        await insert_row(session, Passage, {"section": None, **passage, "source_id": made.id})
    return made


async def link(session: WriteSession, table: Table, pairs: Sequence[Mapping[str, int]]) -> None:
    """The rows of each pair belong together, in a table of two references."""
    if pairs:
        await session.execute(insert(table), pairs)
