"""Metric definitions as rows."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from db.models import MetricDefinition
from db.values.results import Definition
from tests.rows import Rows
from tests.workers.derived import BREAKDOWN, REVENUE
from workers.metrics.catalogue import CATALOGUE


async def sync(database: Database, *metrics: Definition) -> None:
    async with database.write() as session:
        await sync_definitions(session, metrics)


async def stored(database: Database) -> Sequence[MetricDefinition]:
    async with database.read() as session:
        return (await session.scalars(select(MetricDefinition).order_by(MetricDefinition.id))).all()


async def test_definitions_are_the_registrys(database: Database, rows: Rows) -> None:
    for definition, metric in zip(await stored(database), CATALOGUE, strict=True):
        for name in ("key", "title", "description", "formula", "unit", "version", "time_dependent"):
            assert getattr(definition, name) == getattr(metric, name)
        assert definition.depends_on == list(metric.depends_on)


async def test_syncing_again_marks_nobody(database: Database, rows: Rows) -> None:
    await rows.organization(convener=True)
    await rows.clear()
    await sync(database, *CATALOGUE)
    assert await rows.marked() == set()


async def test_new_definition_and_new_version_mark_all_conveners_and_nobody_else(
    database: Database, rows: Rows
) -> None:
    convener = await rows.organization(convener=True)
    await rows.organization()
    for metrics in (
        (REVENUE, replace(BREAKDOWN, version=2)),
        (REVENUE, replace(BREAKDOWN, version=2), replace(BREAKDOWN, key="another")),
    ):
        await rows.clear()
        await sync(database, *metrics)
        assert await rows.marked() == {convener}


async def test_definition_keeps_its_id_and_takes_new_words(database: Database, rows: Rows) -> None:
    before = await stored(database)
    await sync(database, replace(REVENUE, title="New title"), BREAKDOWN)
    after = await stored(database)
    assert [definition.id for definition in after] == [definition.id for definition in before]
    assert after[CATALOGUE.index(REVENUE)].title == "New title"


async def test_newer_programs_definition_is_left_as_it_is(database: Database, rows: Rows) -> None:
    await sync(database, replace(REVENUE, version=2, title="Newer"), BREAKDOWN)
    await rows.clear()
    await sync(database, *CATALOGUE)
    newest = (await stored(database))[CATALOGUE.index(REVENUE)]
    assert (newest.version, newest.title) == (2, "Newer")
    assert await rows.marked() == set()
