"""Failures: they are counted, retried, given up and revived, and do not delay other organizations."""

import pytest
from sqlalchemy import text

from db.commands.audit import Author
from db.commands.job import discard_job, retry_job
from db.connections.engine import Database
from db.derived.jobs import MAX_ATTEMPTS, delay_s, retry_due
from db.staleness import marks
from db.values.vocabulary import JobStatus, MetricState
from tests.rows import Rows
from tests.workers.derived import BREAKDOWN, is_fresh, metric, page
from tests.workers.facts import exactly
from tests.workers.ill import Formula, broken, cure, jobs, metrics_by, poison
from tests.workers.test_recompute import statements
from workers.metrics.metric import ERROR_CHARACTERS, describe
from workers.recompute import recompute, recompute_each

AUTHOR = Author("a test")


async def due(database: Database) -> int:
    """Make all waiting retries due, and return the number of jobs that were marked."""
    async with database.writer.begin() as connection:
        moment = "2000-01-01T00:00:00.000000Z" if database.dialect.name == "sqlite" else "2000-01-01"
        await connection.execute(text(f"UPDATE job SET run_after = '{moment}' WHERE run_after IS NOT NULL"))
    return await retry_due(database)


async def test_metric_that_fails_is_tried_again_and_dead_in_the_end(database: Database, rows: Rows) -> None:
    formula = Formula()
    metrics = await broken(database, formula)
    convener = await page(rows)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert await recompute(database, [convener], metrics) == 1
        (job,) = await jobs(database)
        assert (job.attempts, job.max_attempts, job.organization_id) == (attempt, MAX_ATTEMPTS, convener)
        assert job.error == "the formula failed: ZeroDivisionError: division by zero"
        failed, sound = await metric(database, convener), await metric(database, convener, BREAKDOWN.key)
        assert failed is not None
        assert sound is not None
        assert (failed.state, sound.state) == (MetricState.FAILED, MetricState.FRESH)
        is_dead = attempt == MAX_ATTEMPTS
        assert job.status is (JobStatus.DEAD if is_dead else JobStatus.RETRYING)
        assert (job.run_after is None, job.finished_at is not None) == (is_dead, is_dead)
        assert await due(database) == (0 if is_dead else 1)
        assert await rows.marked() & {convener} == (set() if is_dead else {convener})
    assert formula.calls == MAX_ATTEMPTS


async def test_failure_is_not_tried_again_before_it_is_due(database: Database, rows: Rows) -> None:
    metrics = await broken(database, Formula())
    convener = await page(rows)
    await recompute(database, [convener], metrics)
    assert await retry_due(database) == 0
    assert convener not in await rows.marked()


async def test_retry_that_a_clock_put_back_would_keep_for_an_hour_is_due(database: Database, rows: Rows) -> None:
    metrics = await broken(database, Formula())
    await recompute(database, [await page(rows)], metrics)
    moment = "2999-01-01T00:00:00.000000Z" if database.dialect.name == "sqlite" else "2999-01-01"
    await rows.execute(f"UPDATE job SET run_after = '{moment}'")
    assert await retry_due(database) == 1


async def test_success_closes_the_job_and_another_failure_counts_anew(database: Database, rows: Rows) -> None:
    formula = Formula()
    metrics = await broken(database, formula)
    convener = await page(rows)
    for _ in range(2):
        await recompute(database, [convener], metrics)
        await due(database)
    formula.ill = False
    await recompute(database, [convener], metrics)
    (job,) = await jobs(database)
    assert (job.status, job.run_after, job.attempts) == (JobStatus.SUCCEEDED, None, 2)
    assert job.finished_at is not None
    formula.ill = True
    await rows.execute("UPDATE organization SET name = name || '!'")
    await recompute(database, [convener], metrics)
    (again,) = await jobs(database)
    assert (again.id, again.status, again.attempts) == (job.id, JobStatus.RETRYING, 1)


async def dead(database: Database, rows: Rows, formula: Formula) -> int:
    metrics = await broken(database, formula)
    convener = await page(rows)
    for _ in range(MAX_ATTEMPTS):
        await recompute(database, [convener], metrics)
        await due(database)
    (job,) = await jobs(database)
    assert job.status is JobStatus.DEAD
    return convener


async def test_dead_metric_is_brought_back_by_a_retry_after_the_cure(database: Database, rows: Rows) -> None:
    formula = Formula()
    convener = await dead(database, rows, formula)
    (job,) = await jobs(database)
    formula.ill = False
    async with database.write() as session:
        await retry_job(session, AUTHOR, job.id)
    assert convener in await rows.marked()
    await recompute(database, [convener], metrics_by(formula))
    assert await is_fresh(database, convener, "178378.38")
    assert [one.status for one in await jobs(database)] == [JobStatus.SUCCEEDED]


async def test_change_tries_a_dead_metric_again(database: Database, rows: Rows) -> None:
    formula = Formula()
    convener = await dead(database, rows, formula)
    metrics = metrics_by(formula)
    await rows.claim("EMPLOYEES", exactly(40, "employee"), subject_organization_id=convener)
    await recompute(database, [convener], metrics)
    assert [one.status for one in await jobs(database)] == [JobStatus.DEAD]
    formula.ill = False
    await rows.claim("EMPLOYEES", exactly(50, "employee"), subject_organization_id=convener)
    await recompute(database, [convener], metrics)
    assert await is_fresh(database, convener, 132_000)
    assert [one.status for one in await jobs(database)] == [JobStatus.SUCCEEDED]


async def test_discarded_job_is_not_retried(database: Database, rows: Rows) -> None:
    metrics = await broken(database, Formula())
    convener = await page(rows)
    await recompute(database, [convener], metrics)
    (job,) = await jobs(database)
    async with database.write() as session:
        await discard_job(session, AUTHOR, job.id)
    assert await due(database) == 0
    (job,) = await jobs(database)
    assert (job.status, job.run_after) == (JobStatus.CANCELLED, None)


async def test_poisoned_organization_does_not_keep_its_batch_from_being_true(database: Database, rows: Rows) -> None:
    conveners = [await page(rows) for _ in range(5)]
    ill = conveners[2]
    await poison(rows, ill)
    assert await recompute_each(database, conveners) == 4
    for convener in conveners:
        assert await is_fresh(database, convener, "178378.38") == (convener != ill)
    assert await rows.marked() & set(conveners) == {ill}
    (job,) = await jobs(database)
    assert (job.organization_id, job.definition_id, job.status) == (ill, None, JobStatus.RETRYING)
    assert job.error is not None
    assert "ill" in job.error
    # The workers ignore the organization, because it has no LIVE or BACKGROUND mark.
    async with database.read() as session:
        assert ill not in [one.organization_id for one in await marks.waiting(session, 99)]
    await cure(rows)
    assert await due(database) == 1
    assert await recompute_each(database, [ill]) == 1
    assert await is_fresh(database, ill, "178378.38")
    assert [one.status for one in await jobs(database)] == [JobStatus.SUCCEEDED]


async def test_poisoned_organization_is_dead_in_the_end_and_stays_stale(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await recompute(database, [convener])
    await rows.execute("DELETE FROM metric_value")
    await rows.execute("UPDATE organization SET name = 'New'")
    await poison(rows, convener)
    for _ in range(MAX_ATTEMPTS):
        assert await recompute_each(database, [convener]) == 0
        await due(database)
    (job,) = await jobs(database)
    assert (job.status, job.attempts) == (JobStatus.DEAD, MAX_ATTEMPTS)
    async with database.read() as session:
        assert convener not in [one.organization_id for one in await marks.waiting(session, 99)]
        assert await marks.waiting_in_background(session, 99) == []
    assert convener in await rows.marked()
    # A change adds a LIVE mark beside the parked one.
    await rows.execute("UPDATE organization SET name = 'Newer'")
    async with database.read() as session:
        assert convener in [one.organization_id for one in await marks.waiting(session, 99)]


async def test_database_that_ends_a_transaction_leaves_marks_and_no_job(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await rows.execute("ALTER TABLE metric_slice RENAME TO lost")
    before = await rows.marked()
    if database.dialect.name == "sqlite":
        # A statement that cannot run counts as a failure of this organization.
        assert await recompute_each(database, [convener]) == 0
        assert len(await jobs(database)) == 1
        return
    await rows.execute("ALTER TABLE lost RENAME TO metric_slice")
    async with database.writer.connect() as blocker:
        # Waiting for the table times out after half a second, which is a transient error.
        await blocker.execute(text("LOCK TABLE metric_slice IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(Exception, match="lock timeout"):
            await recompute_each(database, [convener])
        await blocker.rollback()
    assert await rows.marked() == before
    assert await jobs(database) == []


async def test_retries_wait_twice_as_long_each_time_and_never_all_at_once() -> None:
    for attempts in range(1, MAX_ATTEMPTS + 1):
        delays = {delay_s(attempts) for _ in range(50)}
        assert 2 ** (attempts - 1) / 2 <= min(delays) < max(delays) <= 2 ** (attempts - 1)


async def test_error_is_told_with_its_type_and_a_bounded_length() -> None:
    assert describe(ValueError("the reason")) == "ValueError: the reason"
    assert len(describe(ValueError("x" * 10**6))) == ERROR_CHARACTERS


async def test_failures_take_as_many_statements_for_twenty_organizations_as_for_two(
    database: Database, rows: Rows
) -> None:
    metrics = await broken(database, Formula())
    conveners = [await page(rows) for _ in range(22)]
    counts: list[int] = []
    for batch in (conveners[:2], conveners[2:]):
        with statements(database) as seen:
            assert await recompute(database, batch, metrics) == len(batch)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert len(await jobs(database)) == 22
