"""Scheduled maintenance: heartbeats and the nightly run."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

from db.connections.engine import Database
from db.derived.queue_health import FIGURES
from db.staleness.nightly import mark_nightly
from db.values.vocabulary import JobStatus
from tests.rows import Rows
from tests.until import until
from tests.workers.derived import is_fresh, page
from tests.workers.ill import Formula, broken, jobs
from workers.main import working
from workers.recompute import recompute


async def health(database: Database) -> dict[str, Any]:
    async with database.read() as session:
        figures = select(*(figure.label(name) for name, figure in FIGURES.items()))
        return dict((await session.execute(figures)).mappings().one())


async def test_worker_is_seen_while_it_works_and_not_afterwards(database: Database, rows: Rows) -> None:
    async def seen(count: int) -> bool:
        return (await health(database))["workers"] == count

    async with working(database, None):
        await until(lambda: seen(1))
        async with working(database, None):
            await until(lambda: seen(2))
    assert await seen(0)


async def test_worker_that_died_is_not_seen_for_long(database: Database, rows: Rows) -> None:
    async def is_seen() -> bool:
        return bool((await health(database))["workers"])

    async with working(database, None):
        await until(is_seen)
        moment = "2000-01-01T00:00:00.000000Z" if database.dialect.name == "sqlite" else "2000-01-01"
        await rows.execute(f"UPDATE worker SET seen_at = '{moment}', running = 7")
        figures = await health(database)
    assert (figures["workers"], figures["running"]) == (0, 0)


async def test_clock_put_back_leaves_no_dead_worker_seen_and_no_negative_age(database: Database, rows: Rows) -> None:
    to_come = datetime(2999, 1, 1, tzinfo=UTC)
    await rows.insert("worker", name="dead", started_at=to_come, seen_at=to_come, running=7)
    await rows.organization()
    await rows.clear()
    await rows.insert("mark", organization_id=1, at=to_come)
    figures = await health(database)
    assert (figures["workers"], figures["running"], figures["oldest_stale_seconds"]) == (0, 0, 0)


async def test_health_tells_of_marks_and_jobs(database: Database, rows: Rows) -> None:
    await rows.clear()
    calm = await health(database)
    assert {name: int(value or 0) for name, value in calm.items()} == dict.fromkeys(FIGURES, 0)
    assert calm["oldest_stale_seconds"] is None
    metrics = await broken(database, Formula())
    convener = await page(rows)
    await recompute(database, [convener], metrics)
    figures = await health(database)
    # The convener's nine partners are still stale, and its failed metric will be retried.
    assert (figures["stale_organizations"], figures["queued"], figures["dead"]) == (9, 1, 0)
    assert 0 <= figures["oldest_stale_seconds"] < 60


async def test_nightly_marks_conveners_once_a_day(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    await rows.organization()
    await rows.execute("UPDATE metric_definition SET time_dependent = true")
    await rows.clear()
    assert await mark_nightly(database)
    assert await rows.marked() == {convener}
    async with database.read() as session:
        urgencies = (await session.execute(text("SELECT urgency FROM mark"))).scalars().all()
    assert urgencies == ["BACKGROUND"]
    await rows.clear()
    assert not await mark_nightly(database)
    assert await rows.marked() == set()
    # One of two concurrent calls does a missed nightly run, also if a wrong clock dated the last run in the future.
    for day in ("2020-01-01", "2999-01-01"):
        await rows.clear()
        await rows.execute(f"UPDATE daily_run SET day = '{day}'")
        assert sorted(await asyncio.gather(mark_nightly(database), mark_nightly(database))) == [False, True]
        assert await rows.marked() == {convener}


async def test_nightly_marks_nobody_where_no_metric_changes_with_time(database: Database, rows: Rows) -> None:
    await rows.organization(convener=True)
    await rows.execute("UPDATE metric_definition SET time_dependent = false")
    await rows.clear()
    await mark_nightly(database)
    assert await rows.marked() == set()


async def test_failing_metric_is_retried_by_itself_and_comes_true_when_it_is_cured(
    database: Database, rows: Rows
) -> None:
    formula = Formula()
    metrics = await broken(database, formula)
    convener = await page(rows)

    async def tried_twice() -> bool:
        return bool(found := await jobs(database)) and found[0].attempts >= 2

    async with working(database, None, metrics):
        await until(tried_twice)
        formula.ill = False
        await until(lambda: is_fresh(database, convener, "178378.38"))

        async def closed() -> bool:
            return [one.status for one in await jobs(database)] == [JobStatus.SUCCEEDED]

        await until(closed)
