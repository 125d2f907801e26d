"""Backfills: everything becomes stale at once and fresh in portions, and nothing is recomputed twice."""

from collections.abc import Sequence

import pytest

from db.commands.audit import Author
from db.commands.job import request_recompute
from db.connections.engine import Database
from db.derived.jobs import close_backfills
from db.values.vocabulary import JobStatus
from tests.rows import Rows
from tests.workers.derived import is_fresh, metric, page
from tests.workers.ill import Formula, broken, cure, jobs, poison
from workers import backfill
from workers.backfill import Backfilled, recompute_all
from workers.metrics.metric import Metric
from workers.recompute import recompute, recompute_each


def ignore(done: int, total: int) -> None:
    pass


async def test_everything_is_recomputed_and_progress_is_reported(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "BACKGROUND_BATCH", 4)
    convener = await page(rows)
    await recompute(database, [convener])
    await rows.clear()
    told: list[tuple[int, int]] = []
    assert await recompute_all(database, lambda *figures: told.append(figures)) == Backfilled(10, 0)
    assert told == [(4, 10), (8, 10), (10, 10)]
    assert await rows.marked() == set()
    assert [one.status for one in await jobs(database)] == [JobStatus.SUCCEEDED]


async def test_change_comes_before_the_next_portion(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "BACKGROUND_BATCH", 4)
    organizations = [await rows.organization() for _ in range(10)]
    await rows.clear()
    portions: list[Sequence[int]] = []

    async def recompute_and_change(database: Database, ids: Sequence[int], metrics: Sequence[Metric]) -> int:
        portions.append(ids)
        if len(portions) == 1:
            await rows.execute("UPDATE organization SET name = 'New' WHERE id = :id", id=organizations[-1])
        return await recompute_each(database, ids, metrics)

    monkeypatch.setattr(backfill, "recompute_each", recompute_and_change)
    await recompute_all(database, ignore)
    assert portions == [organizations[:4], organizations[-1:], organizations[4:8], organizations[8:-1]]


async def test_backfill_that_was_broken_off_goes_on_where_it_was(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "BACKGROUND_BATCH", 4)
    await page(rows)
    await rows.clear()

    def break_off(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await recompute_all(database, break_off)
    assert len(await rows.marked()) == 6
    told: list[tuple[int, int]] = []
    assert await recompute_all(database, lambda *figures: told.append(figures)) == Backfilled(6, 0)
    assert told == [(4, 6), (6, 6)]
    assert len(await jobs(database)) == 1


async def test_failure_is_counted_and_everything_else_becomes_fresh(database: Database, rows: Rows) -> None:
    formula = Formula()
    metrics = await broken(database, formula)
    ill, well = await page(rows), await page(rows)
    formula.ill = False
    await poison(rows, ill)
    assert (await recompute_all(database, ignore, metrics)).failed == 1
    assert await is_fresh(database, well, "178378.38")
    await cure(rows)
    assert (await recompute_all(database, ignore, metrics)).failed == 0
    formula.ill = True
    assert (await recompute_all(database, ignore, metrics)).failed == 2


async def test_requested_backfill_is_closed_when_its_marks_are_gone(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    await rows.clear()
    async with database.write() as session:
        await request_recompute(session, Author("a test"), None)
    assert await rows.marked() == {convener}
    await close_backfills(database)
    assert [one.status for one in await jobs(database)] == [JobStatus.RUNNING]
    await recompute(database, [convener])
    await close_backfills(database)
    assert [one.status for one in await jobs(database)] == [JobStatus.SUCCEEDED]
    assert await metric(database, convener) is not None
