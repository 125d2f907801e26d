"""Prepared statements return SQLAlchemy's rows, in the session's own transaction."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import bindparam, event, func, literal, select, update

from db.connections.engine import Database
from db.connections.sessions import ReadSession
from db.connections.transient_errors import is_transient
from db.models import Claim, Mark, Organization, Partnership, Property
from db.sql.ids import among_given
from db.sql.prepared import Prepared, run_all
from db.values.quantity import Quantity
from db.values.vocabulary import Sector
from tests.rows import Rows

ORGANIZATION: Any = Organization.__table__
PROPERTY: Any = Property.__table__
LABELS = Prepared(select(PROPERTY.c.label).order_by(PROPERTY.c.id))
RELABEL = Prepared(update(PROPERTY).where(among_given(PROPERTY.c.id, "ids")).values(label=bindparam("label")))


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


async def labels(session: ReadSession) -> list[str]:
    return [row.label for row in await LABELS.run(session, {})]


@pytest.mark.parametrize("model", [Organization, Claim, Partnership, Mark])
async def test_rows_equal_those_of_sqlalchemy(database: Database, rows: Rows, model: Any) -> None:
    convener, partner = [await rows.organization(convener=convener) for convener in (True, False)]
    await rows.claim("REVENUE", Quantity.of("USD", value=Decimal("2.50")), "2022-03", subject_organization_id=convener)
    await rows.partnership(convener, partner)
    statement = select(model.__table__).order_by(model.__table__.c.id)
    async with database.read() as session:
        wanted = (await session.execute(statement)).all()
        found = await Prepared(statement).run(session, {})
    assert wanted
    assert [tuple(row) for row in found] == [tuple(row) for row in wanted]
    assert [row._asdict() for row in found] == [dict(row._mapping) for row in wanted]


async def test_statements_run_together_return_the_same_rows_as_alone(database: Database, rows: Rows) -> None:
    ids = [await rows.organization(convener=convener) for convener in (True, False)]
    column = ORGANIZATION.c
    asked = {"ids": ids, "id": ids[0]}
    together = [
        Prepared(select(column.id, column.slug).where(among_given(column.id, "ids")).order_by(column.id)),
        Prepared(select(column.is_convener).where(column.id == bindparam("id"))),
        Prepared(select(column.id).where(column.id == bindparam("id"), column.is_convener.is_(False))),
    ]
    async with database.read() as session:
        found = await run_all(session, together, asked)
        assert found == [await statement.run(session, asked) for statement in together]
    assert [len(each) for each in found] == [2, 1, 0]


async def test_parameters_are_given_by_name_or_stand_in_the_statement(database: Database, rows: Rows) -> None:
    industry, academia = [await rows.organization(sector=sector) for sector in (Sector.INDUSTRY, Sector.ACADEMIA)]
    column, given = ORGANIZATION.c, among_given(ORGANIZATION.c.id, "ids")
    of_sector = Prepared(
        select(column.id, func.count(), literal("text"), column.id)
        .where(given, given, column.sector == bindparam("sector"), column.is_convener == literal(value=False))
        .group_by(column.id)
    )
    async with database.read() as session:
        asked = {"ids": [industry, academia], "sector": Sector.ACADEMIA, "another": 1}
        (row,) = await of_sector.run(session, asked)
        assert (tuple(row), row.id) == ((academia, 1, "text", academia), academia)
        assert await of_sector.run(session, {**asked, "ids": []}) == []
        with pytest.raises(KeyError, match="sector"):
            await of_sector.run(session, {"ids": []})


async def test_statement_is_part_of_the_unit_of_work(database: Database, rows: Rows) -> None:
    id = await rows.property("STAFF")
    async with database.write() as session:
        assert await RELABEL.run(session, {"ids": [id], "label": "new"}) == []
        assert await labels(session) == ["new"]
        await session.rollback()
    async with database.write() as session:
        assert await labels(session) == ["Staff"]


async def test_statement_is_part_of_a_savepoint(database: Database, rows: Rows) -> None:
    id = await rows.property("STAFF")
    async with database.write() as session:
        await RELABEL.run(session, {"ids": [id], "label": "before"})
        async with session.begin_nested() as savepoint:
            await RELABEL.run(session, {"ids": [id], "label": "within"})
            await savepoint.rollback()
        assert await labels(session) == ["before"]
        async with session.begin_nested():
            await RELABEL.run(session, {"ids": [id], "label": "within another"})
    async with database.read() as session:
        assert await labels(session) == ["within another"]


async def test_a_snapshot_is_of_its_first_statement(database: Database, rows: Rows) -> None:
    id = await rows.property("STAFF")
    async with database.snapshot() as session:
        assert await labels(session) == ["Staff"]
        async with database.write() as other:
            await RELABEL.run(other, {"ids": [id], "label": "new"})
        assert await labels(session) == ["Staff"]


async def test_engine_listeners_are_told_of_the_statement(database: Database) -> None:
    heard: list[str] = []
    event.listen(database.writer.sync_engine, "before_cursor_execute", lambda *of: heard.append(of[2]))
    async with database.write() as session:
        await LABELS.run(session, {})
    assert [statement for statement in heard if "property.label" in statement] == heard[-1:]


async def test_missing_python_default_is_refused(database: Database) -> None:
    renaming = Prepared(update(ORGANIZATION).values(name="new"))
    async with database.write() as session:
        with pytest.raises(
            ValueError, match=r"expected a value for every column with a Python default, got none for updated_at"
        ):
            await renaming.run(session, {})


async def test_error_in_a_statement_is_not_transient(database: Database) -> None:
    broken = Prepared(select(func.no_such_function()))
    async with database.read() as session:
        with pytest.raises(Exception, match="no_such_function") as raised:
            await broken.run(session, {})
    assert not is_transient(raised.value)
