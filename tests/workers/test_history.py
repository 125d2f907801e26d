"""The history of a value: an entry for each change, with its cause."""

from collections.abc import Sequence

from sqlalchemy import select

from db.connections.engine import Database
from db.models import Change, MetricInput, MetricRevision
from db.values.vocabulary import MetricState, Operation
from tests.rows import Rows
from tests.workers.derived import BREAKDOWN, REVENUE, metric, page, parts
from tests.workers.facts import exactly
from tests.workers.ill import Formula, broken
from tests.workers.test_recompute import statements
from workers.recompute import recompute


async def history(database: Database, convener: int, key: str = REVENUE.key) -> Sequence[MetricRevision]:
    value = await metric(database, convener, key)
    assert value is not None
    async with database.read() as session:
        found = select(MetricRevision).where(MetricRevision.metric_value_id == value.id).order_by(MetricRevision.id)
        return (await session.scalars(found)).all()


async def changed(database: Database, convener: int) -> int:
    async with database.write() as session:
        change = Change(
            actor="test", operation=Operation.UPDATE, node_type="Claim", node_id=1, organization_id=convener
        )
        session.add(change)
    return change.id


async def touch(rows: Rows, convener: int) -> None:
    await rows.execute("UPDATE organization SET name = name || '!' WHERE id = :id", id=convener)


async def test_value_that_becomes_another_is_kept_with_its_cause(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await recompute(database, [convener])
    await rows.claim("EMPLOYEES", exactly(40, "employee"), subject_organization_id=convener)
    cause = await changed(database, convener)
    await recompute(database, [convener])
    first, second = await history(database, convener)
    assert first.value is not None
    assert second.value is not None
    assert [str(first.value.value), str(second.value.value)] == ["178378.38", "165000"]
    assert (first.cause_id, second.cause_id) == (None, cause)
    assert second.substitution.startswith("6,600,000 USD ÷ 40 employees")
    assert len(await history(database, convener, BREAKDOWN.key)) == 1


async def test_same_value_again_leaves_its_rows_and_history_alone(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await recompute(database, [convener])
    before = await metric(database, convener)
    inputs = [one.id for one in await parts(database, MetricInput, convener, REVENUE.key)]
    await touch(rows, convener)
    cause = await changed(database, convener)
    with statements(database) as seen:
        await recompute(database, [convener])
    assert not [one for one in seen if one.startswith(("INSERT INTO metric", "DELETE FROM metric_"))]
    after = await metric(database, convener)
    assert before is not None
    assert after is not None
    assert before.computed_at is not None
    assert after.computed_at is not None
    assert after.computed_at > before.computed_at
    assert after.computed_from_change == cause
    assert [one.id for one in await parts(database, MetricInput, convener, REVENUE.key)] == inputs
    assert len(await history(database, convener)) == 1


async def test_other_evidence_for_the_same_value_is_stored_without_an_entry(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await recompute(database, [convener])
    await rows.claim("EMPLOYEES", exactly(99, "employee"), subject_organization_id=convener, rank="DEPRECATED")
    await recompute(database, [convener])
    assert len(await parts(database, MetricInput, convener, REVENUE.key)) == 3
    assert len(await history(database, convener)) == 1


async def test_parts_that_change_make_an_entry_though_the_whole_is_the_same(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await recompute(database, [convener])
    await rows.execute("UPDATE organization SET sector = 'MEDIA' WHERE NOT is_convener")
    await recompute(database, [convener])
    assert len(await history(database, convener, BREAKDOWN.key)) == 2
    assert len(await history(database, convener)) == 1


async def test_cause_is_no_change_that_was_known_already(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    cause = await changed(database, convener)
    await recompute(database, [convener])
    # Write without the audit log, as another program would.
    await rows.claim("EMPLOYEES", exactly(40, "employee"), subject_organization_id=convener)
    await recompute(database, [convener])
    assert [one.cause_id for one in await history(database, convener)] == [cause, None]


async def test_failure_and_cure_are_told(database: Database, rows: Rows) -> None:
    formula = Formula()
    metrics = await broken(database, formula)
    convener = await page(rows)
    for ill in (False, True, True, False):
        formula.ill = ill
        await recompute(database, [convener], metrics)
        await touch(rows, convener)
    states = [one.state for one in await history(database, convener)]
    assert states == [MetricState.FRESH, MetricState.FAILED, MetricState.FRESH]
