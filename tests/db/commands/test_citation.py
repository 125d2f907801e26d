"""Citing the exact words of a source."""

from typing import Any

import pytest
from sqlalchemy import select

from db.commands.citation import Quote, cite
from db.connections.engine import Database
from db.errors import Invalid, NotFound
from db.models import BY_NAME, Base, Citation, MetricInput, Passage, Source
from db.models.citation import CITABLE
from db.values.reference import Reference
from schema.build import build
from tests.rows import Rows

LINES = ("Partnership on AI", "PAI says: ≈37 employees. PAI", "ends with PAI (a.k.a. PAI)")
Span = tuple[int, int, int]


@pytest.fixture
async def source_id(database: Database) -> int:
    """Return the id of a source with `LINES`. The first line is stored last."""
    async with database.write() as session:
        source = Source(title="page", kind="SELF_DECLARATION", sha256="0")
        session.add(source)
        await session.flush()
        for ordinal, text in reversed(list(enumerate(LINES, 1))):
            session.add(Passage(source_id=source.id, ordinal=ordinal, kind="BODY", text=text))
            await session.flush()
        return source.id


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


@pytest.fixture
async def organization_id(rows: Rows) -> int:
    return await rows.organization()


async def cited(database: Database, organization_id: int, *quotes: Quote) -> list[Citation]:
    async with database.write() as session:
        made = await cite(session, Reference("Organization", organization_id), quotes)
    async with database.read() as session:
        return [await session.get_one(Citation, id) for id in made]


async def spans(database: Database) -> list[Span]:
    """Return the line, start and end of each citation."""
    columns = (Passage.ordinal, Citation.start, Citation.end)
    async with database.read() as session:
        found = select(*columns).join(Passage, Passage.id == Citation.passage_id).order_by(Citation.id)
        return [(line, start, end) for line, start, end in await session.execute(found)]


OCCURRENCES: list[tuple[str, int, Span]] = [
    ("Partnership on AI", 1, (1, 0, 17)),
    ("PAI", 1, (2, 0, 3)),
    ("PAI", 2, (2, 25, 28)),
    ("PAI", 3, (3, 10, 13)),
    ("PAI", 4, (3, 22, 25)),
    ("≈37 employees", 1, (2, 10, 23)),
    ("(a.k.a. PAI)", 1, (3, 14, 26)),
]


async def test_a_quote_is_cited_where_it_occurs(database: Database, source_id: int, organization_id: int) -> None:
    quotes = [Quote(source_id, exact, occurrence) for exact, occurrence, _ in OCCURRENCES]
    made = await cited(database, organization_id, *quotes)
    assert {citation.organization_id for citation in made} == {organization_id}
    assert [citation.exact for citation in made] == [exact for exact, _, _ in OCCURRENCES]
    assert await spans(database) == [span for _, _, span in OCCURRENCES]
    for exact, _, (line, start, end) in OCCURRENCES:
        assert LINES[line - 1][start:end] == exact


async def test_a_quote_that_supports_the_row_already_is_not_cited_again(
    database: Database, rows: Rows, source_id: int, organization_id: int
) -> None:
    await cited(database, organization_id, Quote(source_id, "PAI"))
    made = await cited(database, organization_id, *[Quote(source_id, "PAI", n) for n in (1, 2, 2)])
    assert [citation.start for citation in made] == [25]
    other = await rows.organization()
    assert len(await cited(database, other, Quote(source_id, "PAI"))) == 1
    assert len(await spans(database)) == 3


NOT_THERE: list[tuple[str, int, str, str]] = [
    ("38 employees", 1, "exact", "expected words on one line of Source:1, got '38 employees'"),
    ("AI\nPAI", 1, "exact", r"words on one line of Source:1, got 'AI\\nPAI'"),
    ("pai", 1, "exact", "got 'pai'"),
    ("P%I", 1, "exact", "got 'P%I'"),
    ("PAI\0", 1, "exact", r"got 'PAI\\x00'"),
    ("\ud800", 1, "exact", r"got '\\ud800'"),
    ("a.*", 1, "exact", r"got 'a\.\*'"),
    ("", 1, "exact", "expected words of the source, got ''"),
    ("PAI", 5, "occurrence", r"expected an occurrence of 'PAI' in 1\.\.4, got 5"),
    ("PAI", 0, "occurrence", r"expected an occurrence of 'PAI' in 1\.\.4, got 0"),
]


async def test_missing_words_are_refused_with_the_path_to_the_quote(
    database: Database, source_id: int, organization_id: int
) -> None:
    for exact, occurrence, field, message in NOT_THERE:
        with pytest.raises(Invalid, match=message) as refused:
            await cited(database, organization_id, Quote(source_id, "PAI"), Quote(source_id, exact, occurrence))
        assert refused.value.path == ("input", "citations", "1", field)
    assert await spans(database) == []


async def test_a_missing_source_is_refused(database: Database, organization_id: int) -> None:
    with pytest.raises(NotFound, match="expected an existing Source, got Source:404") as refused:
        await cited(database, organization_id, Quote(404, "PAI"))
    assert refused.value.path == ("input", "citations", "0", "source")


@pytest.mark.parametrize("model", [Citation, MetricInput])
def test_every_citable_model_has_its_column(model: type[Base]) -> None:
    expected = {column: BY_NAME[name].__tablename__ for name, column in CITABLE.items()}
    columns = [column for column in model.__table__.c if column.name in expected]
    assert {column.name: key.column.table.name for column in columns for key in column.foreign_keys} == expected
    assert CITABLE["OrganizationRelation"] == "relation_id"


def test_citable_models_are_those_whose_types_have_citations() -> None:
    schema: Any = build()._schema
    types = schema.get_implementations(schema.type_map["HasCitations"]).objects
    assert {type_.name for type_ in types} == set(CITABLE)
