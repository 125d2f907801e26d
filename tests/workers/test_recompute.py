"""The recompute: what it stores, what it leaves alone, and how it deals with concurrent changes."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, text

from db.connections.engine import Database
from db.derived.definitions import DefinitionsDiffer, sync_definitions
from db.models import Change, MetricAlternative, MetricInput, MetricSlice, MetricWarning
from db.sql.locks import lock_organizations
from db.values.facts import Facts
from db.values.results import Definition, Result
from db.values.vocabulary import MetricState, Operation, Sector
from tests.rows import Rows
from tests.workers.derived import BREAKDOWN, REVENUE, conflicts, is_fresh, metric, page, parts
from tests.workers.facts import about, at_least, exactly, revenue
from workers.metrics.catalogue import CATALOGUE
from workers.recompute import STRETCH_S, recompute


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements that the writer runs within this scope."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    event.listen(database.writer.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.writer.sync_engine, "before_cursor_execute", note)


async def test_value_is_stored_with_everything_it_rests_on(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    assert await recompute(database, [convener]) == 1
    value = await metric(database, convener)
    assert value is not None
    assert value.value is not None
    assert (value.state, value.stale_since) == (MetricState.FRESH, None)
    assert (value.value.value, value.value.lower, value.value.upper) == (
        Decimal("178378.38"),
        Decimal("174666.67"),
        Decimal("182191.78"),
    )
    assert value.formula == "ANNUAL_REVENUE ÷ EMPLOYEES"
    assert value.substitution.startswith("6,600,000 USD ÷ 37 employees = 178,378.38 USD")
    warnings = await parts(database, MetricWarning, convener, REVENUE.key)
    assert [warning.code for warning in warnings] == ["UNDATED_INPUT", "APPROXIMATE_INPUT"]
    inputs = await parts(database, MetricInput, convener, REVENUE.key)
    assert [(one.claim_id, one.excluded, one.used.value) for one in inputs] == [(1, False, 6_600_000), (2, False, 37)]
    assert warnings[1].inputs == ["Claim:1", "Claim:2"]
    slices = await parts(database, MetricSlice, convener, BREAKDOWN.key)
    assert [(slice.key, slice.count) for slice in slices] == [("INDUSTRY", 9), ("UNKNOWN", 119)]
    assert slices[0].share.value == Decimal("0.0703125")


async def test_value_is_stored_with_its_alternatives(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    other = await rows.claim("EMPLOYEES", exactly(50, "employee"), "2020", subject_organization_id=convener)
    await recompute(database, [convener])
    # The dated claim is better.
    (alternative,) = await parts(database, MetricAlternative, convener, REVENUE.key)
    assert (alternative.claim_id, alternative.state) == (2, MetricState.FRESH)
    assert alternative.value.value == Decimal("178378.38")
    assert alternative.substitution.startswith("6,600,000 USD ÷ 37 employees = 178,378.38 USD")
    assert await parts(database, MetricAlternative, convener, BREAKDOWN.key) == []
    await rows.execute("DELETE FROM claim WHERE id = 2")
    (alternative,) = await parts(database, MetricAlternative, convener, REVENUE.key)
    assert alternative.claim_id is None
    await recompute(database, [convener])
    assert await parts(database, MetricAlternative, convener, REVENUE.key) == []
    await rows.claim("EMPLOYEES", exactly(99, "employee"), subject_organization_id=convener)
    await recompute(database, [convener])
    await rows.execute("UPDATE claim SET rank = 'PREFERRED' WHERE id > :id", id=other)
    await recompute(database, [convener])
    assert [one.claim_id for one in await parts(database, MetricAlternative, convener, REVENUE.key)] == [other]


async def test_claim_without_a_value_ignores_what_is_left_in_its_columns(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await rows.execute("UPDATE claim SET value_status = 'SOME_VALUE' WHERE quantity_unit = 'employee'")
    await recompute(database, [convener])
    value = await metric(database, convener)
    assert value is not None
    assert (value.state, value.substitution) == (MetricState.INSUFFICIENT_DATA, "no claim gives a number for EMPLOYEES")


async def test_recomputing_again_keeps_ids_and_replaces_the_parts(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await recompute(database, [convener])
    before = await metric(database, convener)
    await rows.claim("EMPLOYEES", exactly(40, "employee"), subject_organization_id=convener)
    stale = await metric(database, convener)
    assert before is not None
    assert stale is not None
    assert stale.state is MetricState.STALE
    assert stale.stale_since is not None
    await recompute(database, [convener])
    after = await metric(database, convener)
    assert after is not None
    assert after.value is not None
    assert (after.id, after.state, after.value.value) == (before.id, MetricState.FRESH, Decimal(165_000))
    assert len(await parts(database, MetricInput, convener, REVENUE.key)) == 3


async def test_partner_counts_once_however_many_roles_it_has_and_only_while_it_is_one(
    database: Database, rows: Rows
) -> None:
    convener = await rows.organization(convener=True)
    industry, media, former = [
        await rows.organization(sector=sector) for sector in (Sector.INDUSTRY, Sector.MEDIA, Sector.ACADEMIA)
    ]
    await rows.partnership(convener, industry)
    await rows.partnership(convener, industry, role="FUNDER")
    await rows.partnership(convener, media)
    await rows.partnership(convener, former, end_edtf="2020", end_latest=date(2020, 12, 31))
    await recompute(database, [convener])
    slices = await parts(database, MetricSlice, convener, BREAKDOWN.key)
    assert [(slice.key, slice.count) for slice in slices] == [("INDUSTRY", 1), ("MEDIA", 1)]


async def test_organization_without_marks_is_left_alone(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await rows.clear()
    assert await recompute(database, [convener]) == 0
    assert await metric(database, convener) is None


async def test_only_conveners_have_metrics(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await recompute(database, [convener])
    await rows.execute("UPDATE organization SET is_convener = false WHERE id = :id", id=convener)
    assert await recompute(database, [convener]) == 1
    assert await metric(database, convener) is None
    assert len(await conflicts(database, convener)) == 1


async def test_marks_of_a_deleted_organization_are_just_deleted(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await rows.execute("DELETE FROM organization WHERE id = :id", id=convener)
    await recompute(database, [convener])
    assert convener not in await rows.marked()


async def test_newest_change_is_noted(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    async with database.write() as session:
        changes = [
            Change(
                actor="test", operation=Operation.UPDATE, node_type="Organization", node_id=1, organization_id=convener
            )
            for _ in range(2)
        ]
        session.add_all(changes)
    await recompute(database, [convener])
    value = await metric(database, convener)
    assert value is not None
    assert value.computed_from_change == max(change.id for change in changes)


async def test_formula_that_raises_fails_alone(database: Database, rows: Rows) -> None:
    def divide(_: Facts) -> Result:
        raise ZeroDivisionError("division by zero")

    broken = replace(REVENUE, key="broken", compute=divide)
    metrics: tuple[Definition, ...] = (broken, *CATALOGUE)
    async with database.write() as session:
        await sync_definitions(session, metrics)
    one, other = await page(rows), await page(rows)
    assert await recompute(database, [one, other], metrics) == 2
    for convener in (one, other):
        failed, fresh = await metric(database, convener, "broken"), await metric(database, convener)
        assert failed is not None
        assert fresh is not None
        assert (failed.state, failed.value) == (MetricState.FAILED, None)
        assert failed.substitution == "the formula failed: ZeroDivisionError: division by zero"
        assert fresh.state is MetricState.FRESH
    assert not await rows.marked() & {one, other}


async def test_formulas_that_take_long_let_others_run_in_between(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    turns: list[str] = []

    def slow(facts: Facts) -> Result:
        asyncio.get_running_loop().call_soon(turns.append, "somebody else")
        turns.append("formula")
        time.sleep(1.1 * STRETCH_S)
        return REVENUE.compute(facts)

    slow_ones = [replace(one, compute=slow) if one in (REVENUE, BREAKDOWN) else one for one in CATALOGUE]
    await recompute(database, [convener], slow_ones)
    assert turns == ["formula", "somebody else", "formula", "somebody else"]


async def test_conflicts_are_stored_and_untouched_while_nothing_changes(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    seven, six = [
        await rows.claim("FOUNDER_COUNT", exactly(count), subject_organization_id=convener) for count in (7, 6)
    ]
    await recompute(database, [convener])
    partners, founders = await conflicts(database, convener)
    assert (partners.compatible, founders.compatible) == (True, False)
    assert founders.explanation == "Founder count: 7 and 6 contradict each other."
    assert founders.chosen_id == six
    await rows.execute("UPDATE organization SET name = 'New'")
    with statements(database) as seen:
        await recompute(database, [convener])
    assert not [statement for statement in seen if "claim_conflict" in statement and "SELECT" not in statement]
    await rows.execute("UPDATE claim SET rank = 'PREFERRED' WHERE id = :id", id=seven)
    await recompute(database, [convener])
    partners_again, founders_again = await conflicts(database, convener)
    assert (partners_again.id, founders_again.id) == (partners.id, founders.id)
    assert founders_again.chosen_id == seven


async def test_conflict_that_is_settled_goes(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await recompute(database, [convener])
    assert len(await conflicts(database, convener)) == 1
    await rows.execute("UPDATE claim SET rank = 'DEPRECATED' WHERE quantity_comparator = 'AT_LEAST'")
    await recompute(database, [convener])
    assert await conflicts(database, convener) == []


async def test_another_claim_joins_its_conflict(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await recompute(database, [convener])
    (before,) = await conflicts(database, convener)
    third = await rows.claim("PARTNER_COUNT", exactly(90), "2024", subject_organization_id=convener)
    await recompute(database, [convener])
    (after,) = await conflicts(database, convener)
    assert (after.id, after.compatible, after.chosen_id) == (before.id, False, third)
    async with database.reader.connect() as connection:
        members = await connection.execute(text("SELECT claim_id, conflict_id FROM claim_conflict_claim ORDER BY 1"))
        assert members.all() == [(claim, before.id) for claim in (3, 4, third)]


async def test_claim_that_is_replaced_by_its_like_joins_its_conflict(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    old = await rows.claim("PARTNER_COUNT", at_least(100), subject_organization_id=convener)
    await recompute(database, [convener])
    await rows.execute("DELETE FROM claim WHERE id = :id", id=old)
    like = await rows.claim("PARTNER_COUNT", at_least(100), subject_organization_id=convener)
    await recompute(database, [convener])
    async with database.reader.connect() as connection:
        members = await connection.execute(text("SELECT claim_id FROM claim_conflict_claim ORDER BY 1"))
        assert members.scalars().all() == [3, 4, like]


async def test_conflicts_of_what_belongs_to_an_organization_are_its_own(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    workstream = await rows.workstream(convener)
    subjects = (
        {"subject_workstream_id": workstream},
        {"subject_output_id": await rows.output(workstream)},
        {"subject_post_id": await rows.post(convener)},
    )
    for subject in subjects:
        for words in ("widely adopted", "adopted by few"):
            await rows.claim("ADOPTION", words, **subject)
    await recompute(database, [convener])
    found = await conflicts(database, convener)
    assert [
        (one.subject_workstream_id, one.subject_output_id, one.subject_post_id) for one in found
    ] == [(1, None, None), (None, 1, None), (None, None, 1)]  # fmt: skip


async def test_workstream_that_moves_takes_its_conflict_along(database: Database, rows: Rows) -> None:
    old, new = [await rows.organization(convener=True) for _ in range(2)]
    workstream = await rows.workstream(old)
    for words in ("widely adopted", "adopted by few"):
        await rows.claim("ADOPTION", words, subject_workstream_id=workstream)
    await recompute(database, [old, new])
    await rows.execute("UPDATE workstream SET convener_id = :new", new=new)
    # Recompute the new convener first, while the old one's conflict still holds the claims.
    for organization in (new, old):
        await recompute(database, [organization])
    assert await conflicts(database, old) == []
    assert len(await conflicts(database, new)) == 1


async def test_batch_takes_as_many_statements_for_fifty_organizations_as_for_two(
    database: Database, rows: Rows
) -> None:
    conveners = [await rows.organization(convener=True) for _ in range(52)]
    for convener in conveners:
        await rows.partnership(convener, conveners[0])
        await rows.claim("ANNUAL_REVENUE", revenue(), "2022", subject_organization_id=convener)
        await rows.claim("EMPLOYEES", about(37, "employee"), subject_organization_id=convener)
        await rows.claim("EMPLOYEES", exactly(40, "employee"), subject_organization_id=convener)
    counts: list[int] = []
    for batch in (conveners[:2], conveners[2:]):
        with statements(database) as seen:
            assert await recompute(database, batch) == len(batch)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    # The unit of work takes 3, gathering 10, storing 13, pairs 14 (3 of them for Postgres's lock), and jobs 1.
    assert counts[0] <= 41


async def test_two_recomputes_of_one_organization_at_once_leave_it_true(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await asyncio.gather(*(recompute(database, [convener]) for _ in range(5)))
    value = await metric(database, convener)
    assert value is not None
    assert value.state is MetricState.FRESH
    assert len(await parts(database, MetricSlice, convener, BREAKDOWN.key)) == 2


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_organization_that_another_worker_holds_is_left_to_it_without_waiting(
    database: Database, rows: Rows
) -> None:
    held, free = await page(rows), await page(rows)
    async with database.write() as session, asyncio.timeout(2):
        assert await lock_organizations(session, [held]) == [held]
        assert await recompute(database, [held, free]) == 1
    assert held in await rows.marked()
    assert await recompute(database, [held]) == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_derived_values_do_not_wait_for_the_disk_but_changes_do(database: Database) -> None:
    waits = text("SHOW synchronous_commit")
    async with database.write() as session:
        # The tests' own server never waits for the disk.
        await session.execute(text("SET synchronous_commit = on"))
    async with database.write() as session:
        await lock_organizations(session, [1])
        assert await session.scalar(waits) == "off"
    async with database.write() as session:
        assert await session.scalar(waits) == "on"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_change_during_a_recompute_stays_marked_and_is_computed_again(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    read = asyncio.Event()

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("SELECT metric_value"):
            read.set()

    event.listen(database.writer.sync_engine, "before_cursor_execute", note)
    async with database.writer.connect() as blocker:
        # The recompute has read its inputs. Its write has to wait until the change commits.
        await blocker.execute(text("LOCK TABLE metric_value IN SHARE MODE"))
        recomputing = asyncio.create_task(recompute(database, [convener]))
        await read.wait()
        await rows.claim("EMPLOYEES", exactly(40, "employee"), subject_organization_id=convener)
        await blocker.rollback()
        assert await recomputing == 1
    stale = await metric(database, convener)
    assert stale is not None
    assert stale.value is not None
    assert (stale.state, stale.value.value) == (MetricState.STALE, Decimal("178378.38"))
    await recompute(database, [convener])
    assert await is_fresh(database, convener, 165_000)


async def test_recompute_that_dies_leaves_the_marks(database: Database, rows: Rows) -> None:
    convener = await page(rows)

    def die(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "FROM claim_conflict" in statement:
            raise RuntimeError("died")

    event.listen(database.writer.sync_engine, "before_cursor_execute", die)
    with pytest.raises(RuntimeError, match="died"):
        await recompute(database, [convener])
    assert convener in await rows.marked()
    assert await metric(database, convener) is None


async def test_program_of_another_version_leaves_the_marks(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    newer = (replace(REVENUE, version=2), BREAKDOWN)
    async with database.write() as session:
        await sync_definitions(session, newer)
    with pytest.raises(DefinitionsDiffer, match="run only one version of the program"):
        await recompute(database, [convener])
    assert convener in await rows.marked()
