"""Citing: tying a row to the exact words that support it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from db.connections.sessions import WriteSession
from db.errors import Invalid, NotFound
from db.models import Base, Citation, Passage, Source
from db.models.citation import CITABLE


class Quote(NamedTuple):
    """The words `exact` of a source: where they occur several times, which of them, counted from 1."""

    source_id: int
    exact: str
    occurrence: int = 1


async def cite(session: WriteSession, row: Base, quotes: Sequence[Quote]) -> list[Citation]:
    """Each quote that doesn't yet support the row does now; `row` must be flushed. Returns the new citations.

    Offsets count characters within the passage. Raises `Invalid` where a source doesn't have the words within one
    passage, and `NotFound` where there is no such source; nothing is cited then.
    """
    supports = CITABLE[row.__tablename__]
    cited = select(Citation.passage_id, Citation.start, Citation.end).where(getattr(Citation, supports) == row.id)
    known = {tuple(span) for span in await session.execute(cited)} if quotes else set[tuple[int, ...]]()
    made: list[Citation] = []
    for index, quote in enumerate(quotes):
        passage_id, start, end = span = await _find(session, quote, ("input", "citations", str(index)))
        if span not in known:
            known.add(span)
            made.append(Citation(passage_id=passage_id, start=start, end=end, exact=quote.exact, **{supports: row.id}))
    session.add_all(made)
    await session.flush()
    return made


async def _find(session: WriteSession, quote: Quote, path: tuple[str, ...]) -> tuple[int, int, int]:
    """The passage's id and the words' start and end in it."""
    if not quote.exact:
        raise Invalid("exact must be words of the source, got ''", (*path, "exact"))
    passages = select(Passage.id, Passage.text).where(Passage.source_id == quote.source_id).order_by(Passage.ordinal)
    found = [
        (id, match.start(), match.end())
        for id, text in await session.execute(passages)
        for match in re.finditer(re.escape(quote.exact), text)
    ]
    if not found and await session.get(Source, quote.source_id) is None:
        raise NotFound("Source", quote.source_id, (*path, "source"))
    if not found:
        raise Invalid(
            f"exact must be words on one line of Source:{quote.source_id}, got {quote.exact!r}", (*path, "exact")
        )
    if not 1 <= quote.occurrence <= len(found):
        raise Invalid(
            f"occurrence of {quote.exact!r} must be 1..{len(found)}, got {quote.occurrence}", (*path, "occurrence")
        )
    return found[quote.occurrence - 1]
