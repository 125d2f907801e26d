"""The synthetic registry has the requested sizes, says that it is invented, and loads completely and only once."""

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import aliased

from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from db.errors import Duplicate, Invalid
from db.models import Base, Mark, MetricValue, Organization, Participation, Partnership, Source, Workstream
from db.models.source import source_subject
from db.values.vocabulary import MetricState
from seed.load import is_empty
from seed.synthetic import PARTICIPANTS, PARTNERS, WORKSTREAMS, load_synthetic
from workers.backfill import recompute_all
from workers.metrics.catalogue import CATALOGUE
from workers.recompute import recompute

CONVENERS = 3


def _ignore_progress(done: int, total: int) -> None:
    """Ignore the progress."""


async def load(database: Database, conveners: int = CONVENERS, number: int = 1) -> None:
    async with database.write() as session:
        await load_synthetic(session, conveners, _ignore_progress, number)


async def counted(database: Database, model: type[Base]) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def rows(database: Database, *columns: Any) -> list[Any]:
    """Return the rows, sorted by the first column."""
    async with database.read() as session:
        return [tuple(row) for row in await session.execute(select(*columns).order_by(columns[0]))]


async def test_every_convener_has_its_partners_workstreams_and_participations(database: Database) -> None:
    await load(database)
    sizes = {Partnership: PARTNERS, Workstream: WORKSTREAMS, Participation: WORKSTREAMS * PARTICIPANTS}
    for model, size in sizes.items():
        assert await counted(database, model) == CONVENERS * size
    pairs = await rows(database, Partnership.convener_id, Partnership.partner_id)
    assert set(Counter(convener for convener, _ in pairs).values()) == {PARTNERS}
    assert len(set(pairs)) == len(pairs)


async def test_only_partners_of_the_convener_take_part(database: Database) -> None:
    await load(database)
    async with database.read() as session:
        taking_part = (
            select(Workstream.id, Workstream.convener_id, Partnership.convener_id)
            .join(Participation, Participation.workstream_id == Workstream.id)
            .join(Partnership, Partnership.id == Participation.partnership_id)
        )
        found = [tuple(row) for row in await session.execute(taking_part)]
    assert all(convener == partnered for _, convener, partnered in found)
    assert set(Counter(workstream for workstream, *_ in found).values()) == {PARTICIPANTS}


async def test_slugs_names_and_the_source_say_that_it_is_synthetic(database: Database) -> None:
    await load(database)
    for _, slug, name in await rows(database, Organization.id, Organization.slug, Organization.name):
        assert slug.startswith("synthetic-")
        assert name.startswith("Synthetic ")
    [(source, title)] = await rows(database, Source.id, Source.title)
    assert title == "Synthetic data: none of it is true"
    subjects = await rows(database, source_subject.c.organization_id, source_subject.c.source_id)
    conveners = await rows(database, Organization.id, Organization.is_convener)
    assert subjects == [(id, source) for id, convenes in conveners if convenes]


class Undo(Exception):
    """Rolls a unit of work back."""


async def made_up(database: Database, number: int) -> list[Any]:
    """Return the partnerships of a registry with this number. The registry is rolled back."""
    convener, partner = aliased(Organization), aliased(Organization)
    told = (
        select(convener.slug, partner.slug, Partnership.role, Partnership.__table__.c.start_edtf)
        .join(Partnership, Partnership.convener_id == convener.id)
        .join(partner, Partnership.partner_id == partner.id)
        .order_by(Partnership.id)
    )
    found: list[Any] = []
    with suppress(Undo):
        async with database.write() as session:
            await load_synthetic(session, CONVENERS, _ignore_progress, number)
            found = [tuple(row) for row in await session.execute(told)]
            raise Undo
    return found


async def test_a_number_always_gives_the_same_registry(database: Database) -> None:
    first = await made_up(database, 1)
    assert first == await made_up(database, 1)
    assert first != await made_up(database, 2)


async def test_failed_synthetic_load_leaves_nothing(database: Database) -> None:
    def fail(done: int, total: int) -> None:
        assert done == total == CONVENERS
        raise Undo

    with pytest.raises(Undo):
        async with database.write() as session:
            await load_synthetic(session, CONVENERS, fail)
    async with database.read() as session:
        assert await is_empty(session)
    assert await counted(database, Source) == await counted(database, Mark) == 0


async def test_a_second_synthetic_registry_is_refused(database: Database) -> None:
    await load(database)
    with pytest.raises(Duplicate, match="expected a database without a synthetic registry"):
        await load(database, number=2)
    assert await counted(database, Source) == 1


@pytest.mark.parametrize("conveners", [0, 100_001])
async def test_a_number_of_conveners_out_of_range_is_refused(database: Database, conveners: int) -> None:
    with pytest.raises(Invalid, match=rf"expected 1\.\.100000 conveners, got {conveners}"):
        await load(database, conveners)


async def test_a_batch_marks_its_organizations_and_not_each_row(database: Database) -> None:
    await load(database)
    assert CONVENERS + PARTNERS <= await counted(database, Mark) < 2 * (CONVENERS + PARTNERS)


async def test_every_convener_gets_its_metrics(database: Database) -> None:
    await load(database)
    await recompute_all(database, _ignore_progress)
    for key in ("revenue_per_employee", "partner_type_breakdown"):
        async with database.read() as session:
            values = select(MetricValue).where(MetricValue.definition.has(key=key))
            found = (await session.scalars(values)).all()
        assert len(found) == CONVENERS
        assert all(one.computed_state is MetricState.FRESH and one.value and one.value.value for one in found)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_recompute_walks_through_no_table_however_large_it_is(database: Database) -> None:
    await load(database)
    seen: dict[str, Any] = {}

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen[f"EXPLAIN QUERY PLAN {statement}"] = parameters

    async with database.write() as session:
        await sync_definitions(session, CATALOGUE)
        conveners = list(await session.scalars(select(Organization.id).where(Organization.is_convener)))
    event.listen(database.writer.sync_engine, "before_cursor_execute", note)
    assert await recompute(database, conveners) == CONVENERS
    async with database.read() as session:
        connection = await session.connection()
        plans = {sql: [row[3] for row in await connection.exec_driver_sql(sql, tuple(of))] for sql, of in seen.items()}
    walked = {step.split()[1] for steps in plans.values() for step in steps if step.startswith("SCAN")}
    assert walked & set(Base.metadata.tables) == {"metric_definition"}
    # Almost all values have no peer, so an index on the peer would find nearly all rows.
    alone = [steps for sql, steps in plans.items() if "peer_id IS NULL" in sql]
    assert alone
    assert not any("(peer_id=?)" in step for steps in alone for step in steps)
