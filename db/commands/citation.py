"""Citing: linking a row to the exact words that support it."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, func, select

from db.commands.row import insert_row
from db.connections.sessions import WriteSession
from db.errors import Invalid, NotFound
from db.models import Citation, Passage, Source
from db.models.citation import CITABLE
from db.sql.prepared import Prepared
from db.values.reference import Reference
from db.values.text import is_storable


class Quote(NamedTuple):
    """The words `exact` of a source. If they occur several times, `occurrence` says which one, counted from 1."""

    source_id: int
    exact: str
    occurrence: int = 1


Span = tuple[int, int, int]


# SQL finds the passages that contain the words, with `strpos` and `instr`, which have no wildcards. Python finds their
# position, because its offsets count characters.
def _holding(function: Any) -> Prepared:
    text = function(Passage.text, bindparam("exact", type_=Passage.text.type))
    source = Passage.source_id == bindparam("source_id")
    return Prepared(select(Passage.id, Passage.text).where(source, text > 0).order_by(Passage.ordinal))


_HOLDING: Final = {"sqlite": _holding(func.instr), "postgresql": _holding(func.strpos)}


async def cite(session: WriteSession, node: Reference, quotes: Sequence[Quote], *, is_new: bool = False) -> list[int]:
    """Each quote supports the row; quotes that already do are skipped. Returns the ids of the new citations.

    Offsets count characters within the passage. `is_new` says that the row has no citations yet, which saves a
    look-up. Raises `Invalid` if no single passage of the source contains the words, and `NotFound` if there is no such
    source. Then nothing is cited.
    """
    if not quotes:
        return []
    supports = CITABLE[node.type_name]
    spans = [
        (await _find(session, quote, ("input", "citations", str(index))), quote.exact)
        for index, quote in enumerate(quotes)
    ]
    known = set[Span]() if is_new else await _cited(session, supports, node.id)
    made: list[int] = []
    for span, exact in _distinct(spans, known):
        passage_id, start, end = span
        values = {"passage_id": passage_id, "start": start, "end": end, "exact": exact, supports: node.id}
        made.append((await insert_row(session, Citation, values))["id"])
    return made


async def _cited(session: WriteSession, supports: str, id: int) -> set[Span]:
    cited = select(Citation.passage_id, Citation.start, Citation.end).where(getattr(Citation, supports) == id)
    return {(row[0], row[1], row[2]) for row in await session.execute(cited)}


def _distinct(spans: Iterable[tuple[Span, str]], known: set[Span]) -> Iterable[tuple[Span, str]]:
    for span, exact in spans:
        if span not in known:
            known.add(span)
            yield span, exact


async def _find(session: WriteSession, quote: Quote, path: tuple[str, ...]) -> Span:
    """The passage's id, and the start and end of the words in it."""
    if not quote.exact:
        raise Invalid("expected words of the source, got ''", (*path, "exact"))
    found: list[Span] = []
    # No passage contains a NUL or a lone surrogate, and the drivers refuse both.
    if is_storable(quote.exact):
        values = {"source_id": quote.source_id, "exact": quote.exact}
        found = [
            (id, match.start(), match.end())
            for id, text in await _HOLDING[session.get_bind().dialect.name].run(session, values)
            for match in re.finditer(re.escape(quote.exact), text)
        ]
    if not found and await session.get(Source, quote.source_id) is None:
        raise NotFound("Source", quote.source_id, (*path, "source"))
    if not found:
        message = f"expected words on one line of Source:{quote.source_id}, got {quote.exact!r}"
        raise Invalid(message, (*path, "exact"))
    if not 1 <= quote.occurrence <= len(found):
        message = f"expected an occurrence of {quote.exact!r} in 1..{len(found)}, got {quote.occurrence}"
        raise Invalid(message, (*path, "occurrence"))
    return found[quote.occurrence - 1]
