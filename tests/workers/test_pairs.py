"""Comparisons of conveners: which pairs have a value, when it is recomputed, and that it agrees with both sides."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import undefer

from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from db.models import ComparedSet, MetricDefinition, MetricRevision, MetricValue, compared_partner
from db.sql.locks import lock_pairs
from db.staleness.nightly import mark_nightly
from db.values.results import Overlap, Result
from db.values.vocabulary import JobStatus, MetricState, Operation, PartnerRole
from tests.rows import Rows
from tests.until import until
from tests.workers.facts import exactly
from tests.workers.ill import jobs
from tests.workers.test_recompute import statements
from workers.metrics.formulas.convener_overlap import CONVENER_OVERLAP
from workers.metrics.metric import Comparison
from workers.recompute import recompute

METRICS = (CONVENER_OVERLAP,)


@pytest.fixture
async def rows(database: Database) -> Rows:
    """Return rows in a database whose only metric is the overlap."""
    async with database.write() as session:
        await sync_definitions(session, METRICS)
    return Rows(database)


async def partners(rows: Rows, count: int) -> list[int]:
    return [await rows.organization() for _ in range(count)]


async def convener(rows: Rows, of: Sequence[int]) -> int:
    id = await rows.organization(convener=True)
    for partner in of:
        await rows.partnership(id, partner)
    return id


async def values(database: Database, *more: Any) -> Sequence[MetricValue]:
    async with database.read() as session:
        overlaps = select(MetricValue).where(MetricValue.definition.has(key=CONVENER_OVERLAP.key), *more)
        shown = undefer(MetricValue.state), undefer(MetricValue.stale_since)
        return (await session.scalars(overlaps.order_by(MetricValue.id).options(*shown))).all()


async def pairs(database: Database) -> dict[tuple[int, int | None], str]:
    """Return the states and values, by subject and peer."""
    return {
        (one.subject_id, one.peer_id): one.value.display if one.value else one.state.name
        for one in await values(database)
    }


def either_way(one: int, other: int, said: str) -> dict[tuple[int, int], str]:
    return {(one, other): said, (other, one): said}


async def test_pair_has_its_overlap_from_either_side(database: Database, rows: Rows) -> None:
    a, b, c, d = await partners(rows, 4)
    one, other = await convener(rows, [a, b, c]), await convener(rows, [b, c, d])
    stranger = await convener(rows, await partners(rows, 1))
    # A partner in two roles counts once.
    await rows.partnership(one, a, role=PartnerRole.FUNDER)
    assert await recompute(database, [one, other, stranger], METRICS) == 3
    assert await pairs(database) == either_way(one, other, "50 %")
    first, _ = await values(database)
    assert (first.state, first.substitution) == (
        MetricState.FRESH,
        "2 partners of both ÷ 4 partners of one or both = 50 %",
    )


async def test_one_after_the_other_gives_the_same_as_both_at_once(database: Database, rows: Rows) -> None:
    a, b, c = await partners(rows, 3)
    one, other = await convener(rows, [a, b]), await convener(rows, [b, c])
    await recompute(database, [one], METRICS)
    assert await pairs(database) == {}
    await recompute(database, [other], METRICS)
    assert await pairs(database) == either_way(one, other, "33.33 %")


@pytest.mark.parametrize(("alone", "kept"), [(18, "5 %"), (19, None)])
async def test_pairs_that_share_less_than_a_twentieth_are_not_kept(
    database: Database, rows: Rows, alone: int, kept: str | None
) -> None:
    shared, *rest = await partners(rows, 2 + alone)
    one, other = await convener(rows, [shared, *rest[1:]]), await convener(rows, [shared, rest[0]])
    await recompute(database, [one, other], METRICS)
    assert await pairs(database) == (either_way(one, other, kept) if kept else {})


async def test_conveners_without_partners_are_no_pair(database: Database, rows: Rows) -> None:
    await recompute(database, [await convener(rows, []), await convener(rows, [])], METRICS)
    assert await pairs(database) == {}


async def test_value_is_stale_while_either_has_a_mark(database: Database, rows: Rows) -> None:
    (a,) = await partners(rows, 1)
    conveners = [await convener(rows, [a]) for _ in range(2)]
    await recompute(database, conveners, METRICS)
    assert [one.stale_since for one in await values(database)] == [None, None]
    for marked in conveners:
        await rows.execute("UPDATE organization SET name = name || '!' WHERE id = :id", id=marked)
        stale = await values(database)
        assert [one.state for one in stale] == [MetricState.STALE] * 2
        assert all(one.stale_since for one in stale)
        await recompute(database, [marked], METRICS)
        assert [one.state for one in await values(database)] == [MetricState.FRESH] * 2


async def test_change_that_leaves_the_partners_costs_one_statement(database: Database, rows: Rows) -> None:
    a, b = await partners(rows, 2)
    one = await convener(rows, [a, b])
    other = await convener(rows, [a, b])
    await recompute(database, [one, other], METRICS)
    before = [(value.id, value.computed_at) for value in await values(database)]
    await rows.claim("EMPLOYEES", exactly(40, "employee"), subject_organization_id=one)
    await rows.partnership(one, a, role=PartnerRole.FUNDER)
    with statements(database) as seen:
        await recompute(database, [one], METRICS)
    assert len([statement for statement in seen if "compared_" in statement]) == 1
    assert not [statement for statement in seen if "metric_value.peer_id IS NOT NULL" in statement]
    assert not [statement for statement in seen if f"pg_advisory_xact_lock({(0x6D657472 << 32) - 1})" in statement]
    assert [(value.id, value.computed_at) for value in await values(database)] == before


async def test_partner_that_comes_changes_the_pairs_of_its_convener_alone(database: Database, rows: Rows) -> None:
    a, b, c, d = await partners(rows, 4)
    one, other, third = [await convener(rows, of) for of in ([a, b], [a, b], [b])]
    conveners = [one, other, third]
    await recompute(database, conveners, METRICS)
    ids = {(value.subject_id, value.peer_id): value.id for value in await values(database)}
    await rows.partnership(one, c)
    await rows.partnership(one, d)
    await recompute(database, [one], METRICS)
    assert await pairs(database) == {
        **either_way(one, other, "50 %"),
        **either_way(one, third, "25 %"),
        **either_way(other, third, "50 %"),
    }
    assert {(value.subject_id, value.peer_id): value.id for value in await values(database)} == ids
    async with database.read() as session:
        entries = select(func.count()).where(MetricRevision.metric_value_id == ids[other, one])
        assert await session.scalar(entries) == 2
        entries = select(func.count()).where(MetricRevision.metric_value_id == ids[other, third])
        assert await session.scalar(entries) == 1


async def test_pair_that_shares_too_little_goes_with_its_history(database: Database, rows: Rows) -> None:
    (a,) = await partners(rows, 1)
    one, other = await convener(rows, [a]), await convener(rows, [a])
    await recompute(database, [one, other], METRICS)
    await rows.execute("DELETE FROM partnership WHERE convener_id = :id", id=one)
    await recompute(database, [one], METRICS)
    assert await pairs(database) == {}
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(MetricRevision)) == 0


async def test_partner_that_is_deleted_is_shared_no_longer(database: Database, rows: Rows) -> None:
    a, b = await partners(rows, 2)
    one, other = await convener(rows, [a, b]), await convener(rows, [a])
    await recompute(database, [one, other], METRICS)
    await rows.execute("DELETE FROM organization WHERE id = :id", id=a)
    assert [value.state for value in await values(database)] == [MetricState.STALE] * 2
    for convener_id in (one, other):
        await recompute(database, [convener_id], METRICS)
    assert await pairs(database) == {}


async def test_convener_that_is_one_no_longer_is_compared_with_nobody(database: Database, rows: Rows) -> None:
    (a,) = await partners(rows, 1)
    one, other, third = [await convener(rows, [a]) for _ in range(3)]
    await recompute(database, [one, other, third], METRICS)
    await rows.execute("UPDATE organization SET is_convener = false WHERE id = :id", id=one)
    await recompute(database, [one], METRICS)
    assert await pairs(database) == either_way(other, third, "100 %")
    await rows.execute("UPDATE organization SET is_convener = true WHERE id = :id", id=one)
    await recompute(database, [one], METRICS)
    assert len(await pairs(database)) == 6


async def test_deleted_convener_leaves_nothing(database: Database, rows: Rows) -> None:
    (a,) = await partners(rows, 1)
    one, other = [await convener(rows, [a]) for _ in range(2)]
    await recompute(database, [one, other], METRICS)
    await rows.execute("DELETE FROM organization WHERE id = :id", id=one)
    await recompute(database, [one], METRICS)
    assert await pairs(database) == {}
    async with database.read() as session:
        assert (await session.scalars(select(ComparedSet.convener_id))).all() == [other]
        assert (await session.scalars(select(compared_partner.c.convener_id))).all() == [other]


async def test_partner_whose_last_day_has_passed_is_shared_no_longer(database: Database, rows: Rows) -> None:
    a, b = await partners(rows, 2)
    one, other = await convener(rows, [b]), await convener(rows, [a, b])
    partnership = await rows.partnership(one, a)
    await recompute(database, [one, other], METRICS)
    assert await pairs(database) == either_way(one, other, "100 %")
    # Pretend that it is the next day. No trigger fires for that.
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    await rows.execute(
        f"UPDATE partnership SET end_edtf = '{yesterday}', end_latest = '{yesterday}' WHERE id = :id", id=partnership
    )
    await rows.clear()
    assert await mark_nightly(database)
    assert await rows.marked() == {one, other}
    await recompute(database, [one, other], METRICS)
    assert await pairs(database) == either_way(one, other, "50 %")


async def test_new_version_computes_all_pairs_again(database: Database, rows: Rows) -> None:
    (a,) = await partners(rows, 1)
    one, other = [await convener(rows, [a]) for _ in range(2)]
    await recompute(database, [one, other], METRICS)
    newer = (replace(CONVENER_OVERLAP, version=2, formula="new"),)
    async with database.write() as session:
        await sync_definitions(session, newer)
    await recompute(database, [one, other], newer)
    assert [value.formula for value in await values(database)] == ["new", "new"]


async def test_formula_that_raises_has_a_job_until_it_is_cured(database: Database, rows: Rows) -> None:
    def divide(_: Overlap) -> Result:
        raise ZeroDivisionError("division by zero")

    broken: tuple[Comparison, ...] = (replace(CONVENER_OVERLAP, compute=divide),)
    (a,) = await partners(rows, 1)
    one, other = [await convener(rows, [a]) for _ in range(2)]
    await recompute(database, [one], METRICS)
    await recompute(database, [other], broken)
    assert await pairs(database) == either_way(one, other, "FAILED")
    (job,) = await jobs(database)
    async with database.read() as session:
        definition = await session.scalar(select(MetricDefinition.id))
    assert (job.organization_id, job.definition_id, job.status) == (other, definition, JobStatus.RETRYING)
    await rows.execute("UPDATE organization SET name = name || '!' WHERE id = :id", id=other)
    await recompute(database, [other], METRICS)
    assert await pairs(database) == either_way(one, other, "100 %")
    assert [job.status for job in await jobs(database)] == [JobStatus.SUCCEEDED]


async def test_change_of_either_is_the_cause(database: Database, rows: Rows) -> None:
    a, b = await partners(rows, 2)
    one, other = await convener(rows, [a]), await convener(rows, [a])
    await recompute(database, [one, other], METRICS)
    await rows.partnership(one, b)
    cause = await rows.insert(
        "change",
        actor="test",
        operation=Operation.CREATE,
        node_type="Partnership",
        node_id=1,
        organization_id=one,
        at=datetime.now(UTC),
    )
    await recompute(database, [one], METRICS)
    async with database.read() as session:
        causes = (await session.scalars(select(MetricRevision.cause_id).order_by(MetricRevision.id))).all()
    assert causes == [None, None, cause, cause]
    assert [value.computed_from_change for value in await values(database)] == [cause, cause]


async def waits(database: Database) -> bool:
    """Return whether a transaction waits for an advisory lock."""
    async with database.reader.connect() as connection:
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool((await connection.execute(waiting)).scalar())


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_two_conveners_that_change_at_once_agree_with_each_other(database: Database, rows: Rows) -> None:
    a, b, c = await partners(rows, 3)
    one, other = await convener(rows, [a]), await convener(rows, [a])
    await recompute(database, [one, other], METRICS)
    for partner in (b, c):
        await rows.partnership(one, partner)
        await rows.partnership(other, partner)
    async with database.write() as first:
        # Imitate a worker that has compared `one` but has not committed yet.
        assert await lock_pairs(first)
        second = asyncio.create_task(recompute(database, [other], METRICS))
        await until(lambda: waits(database))
    await second
    await recompute(database, [one], METRICS)
    assert await pairs(database) == either_way(one, other, "100 %")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_worker_that_keeps_the_pairs_for_too_long_holds_nobody_up(database: Database, rows: Rows) -> None:
    (a,) = await partners(rows, 1)
    one, other = await convener(rows, [a]), await convener(rows, [a])
    async with database.write() as stopped:
        assert await lock_pairs(stopped)
        assert await recompute(database, [one, other], METRICS) == 2
        assert await rows.marked() >= {one, other}
        assert await pairs(database) == {}
    await recompute(database, [one, other], METRICS)
    assert await pairs(database) == either_way(one, other, "100 %")
    assert not await rows.marked() & {one, other}


async def test_partner_that_left_and_came_back_in_between_counts(database: Database, rows: Rows) -> None:
    a, b = await partners(rows, 2)
    one, other = await convener(rows, [a, b]), await convener(rows, [])
    await recompute(database, [one, other], METRICS)
    # The other convener gains a partner while the first does not have it, so no recompute of the first sees both.
    partnership = "DELETE FROM partnership WHERE convener_id = :one AND partner_id = :a"
    await rows.execute(partnership, one=one, a=a)
    await rows.partnership(other, a)
    await recompute(database, [other], METRICS)
    await rows.partnership(one, a)
    await recompute(database, [one], METRICS)
    assert await pairs(database) == either_way(one, other, "50 %")
