"""The relay: every stale organization is recomputed with a queue, without one, and with one that loses jobs."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext

import pytest
from redis.asyncio import Redis

from api.embedded import EmbeddedRedis
from db.connections.engine import Database
from tests.rows import Rows
from tests.until import until
from tests.workers.derived import is_fresh, page
from tests.workers.facts import exactly
from workers import relay as module
from workers.metrics.metric import Metric
from workers.queue import Queue
from workers.recompute import recompute_each
from workers.relay import AT_ONCE, BATCH, Relay
from workers.runner import QUEUE, ArqQueue


class Offers:
    """A queue without workers. It records what is enqueued."""

    def __init__(self) -> None:
        self.made: list[list[int]] = []

    async def enqueue(self, organization_ids: Sequence[int], newest_mark: int) -> None:
        self.made.append(list(organization_ids))


@asynccontextmanager
async def relaying(database: Database, queue: Queue | None) -> AsyncIterator[Relay]:
    relay = Relay(database, queue)
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        relay.stop()
        async with asyncio.timeout(5):
            await running


async def employ(rows: Rows, convener: int, count: int) -> None:
    await rows.claim("EMPLOYEES", exactly(count, "employee"), subject_organization_id=convener)


async def test_without_a_queue_the_relay_recomputes_itself(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    async with relaying(database, None):
        await until(lambda: is_fresh(database, convener, "178378.38"), within_s=2)
        await employ(rows, convener, 40)
        await until(lambda: is_fresh(database, convener, 165_000), within_s=2)
    assert await rows.marked() == set()


async def test_nudged_relay_looks_at_once(database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_S", 60)
    monkeypatch.setattr(database, "watch", lambda _: nullcontext())
    async with relaying(database, None) as relay:
        await asyncio.sleep(0.1)
        convener = await page(rows)
        await asyncio.sleep(0.2)
        assert not await is_fresh(database, convener, "178378.38")
        relay.nudge()
        await until(lambda: is_fresh(database, convener, "178378.38"), within_s=2)


async def test_commit_wakes_the_relay_without_a_nudge(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDLE_S", 60)
    async with relaying(database, None):
        await asyncio.sleep(0.1)
        convener = await page(rows)
        await until(lambda: is_fresh(database, convener, "178378.38"), within_s=2)


async def test_enqueued_organization_is_not_enqueued_again_until_its_marks_are_gone(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 0)
    convener = await rows.organization(convener=True)
    offers = Offers()
    async with relaying(database, offers):
        await asyncio.sleep(0.2)
        await rows.execute("UPDATE organization SET name = 'New'")
        await asyncio.sleep(0.2)
        assert offers.made == [[convener]]
        await rows.clear()
        await rows.execute("UPDATE organization SET name = 'Newer'")
        await asyncio.sleep(0.2)
        assert offers.made == [[convener]] * 2


async def test_offers_are_made_in_batches_with_the_oldest_mark_first(database: Database, rows: Rows) -> None:
    organizations = [await rows.organization() for _ in range(BATCH + 1)]
    offers = Offers()
    async with relaying(database, offers):
        await asyncio.sleep(0.3)
    assert offers.made == [organizations[:BATCH], organizations[BATCH:]]


async def test_change_goes_ahead_of_background_work(database: Database, rows: Rows) -> None:
    organizations = [await rows.organization() for _ in range(AT_ONCE + 2)]
    await rows.execute("UPDATE mark SET urgency = 'BACKGROUND'")
    for organization in organizations[1:]:
        await rows.execute("UPDATE organization SET name = 'New' WHERE id = :id", id=organization)
    offers = Offers()
    async with relaying(database, offers):
        await asyncio.sleep(0.2)
    assert offers.made == [organizations[1:], organizations[:1]]


async def test_only_so_much_of_the_background_is_on_offer_at_once(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKGROUND_BATCH", 9)
    monkeypatch.setattr(module, "BACKGROUND_ENQUEUED", 18)
    organizations = [await rows.organization() for _ in range(30)]
    await rows.execute("UPDATE mark SET urgency = 'BACKGROUND'")
    offers = Offers()
    async with relaying(database, offers):
        await asyncio.sleep(0.2)
        assert offers.made == [organizations[:9], organizations[9:18]]
        await rows.execute("DELETE FROM mark WHERE organization_id <= :id", id=organizations[8])
        await asyncio.sleep(0.2)
    assert offers.made[2:] == [organizations[18:27]]


async def test_relay_looks_for_changes_after_each_portion_of_the_background_that_it_recomputes(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKGROUND_BATCH", 9)
    organizations = [await rows.organization() for _ in range(30)]
    await rows.execute("UPDATE mark SET urgency = 'BACKGROUND'")
    portions: list[Sequence[int]] = []

    async def recompute(database: Database, ids: Sequence[int], metrics: Sequence[Metric]) -> int:
        portions.append(ids)
        if len(portions) == 1:
            await rows.execute("UPDATE organization SET name = 'New' WHERE id = :id", id=organizations[-1])
        return await recompute_each(database, ids, metrics)

    monkeypatch.setattr(module, "recompute_each", recompute)

    async def nothing_is_marked() -> bool:
        return await rows.marked() == set()

    async with relaying(database, None):
        await until(nothing_is_marked)
    waited = organizations[:-1]
    assert portions == [waited[:9], organizations[-1:], waited[9:18], waited[18:27], waited[27:]]


async def test_parked_marks_are_left_alone(database: Database, rows: Rows) -> None:
    organization = await rows.organization()
    await rows.execute("UPDATE mark SET urgency = 'PARKED'")
    async with relaying(database, None):
        await asyncio.sleep(0.2)
    assert await rows.marked() == {organization}


async def test_offer_that_nobody_takes_is_recomputed_by_the_relay(
    database: Database, rows: Rows, redis_url: str
) -> None:
    convener = await page(rows)
    queue = ArqQueue(redis_url)
    async with relaying(database, queue):
        await until(lambda: is_fresh(database, convener, "178378.38"), within_s=2)
    await queue.close()


async def test_relay_recomputes_while_redis_is_away_and_offers_again_when_it_is_back(
    database: Database, rows: Rows, redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    convener = await page(rows)
    queue = ArqQueue("unix:///nowhere/redis.sock")
    async with relaying(database, queue):
        await until(lambda: is_fresh(database, convener, "178378.38"), within_s=2)
    await queue.close()

    queue = ArqQueue(redis.url)
    # The relay recomputes nothing itself, so that every recompute is an enqueued job.
    monkeypatch.setattr(module, "AT_ONCE", 0)
    monkeypatch.setattr(module, "OVERDUE_S", 60)

    async def offered() -> bool:
        async with Redis.from_url(redis.url) as client:
            return await client.zcard(QUEUE) > 0

    async with relaying(database, queue):
        assert redis.pid
        os.kill(redis.pid, signal.SIGSTOP)
        await employ(rows, convener, 40)
        await until(lambda: is_fresh(database, convener, 165_000), within_s=2)
        os.kill(redis.pid, signal.SIGCONT)
        await asyncio.sleep(module.QUEUE_REST_S)
        await employ(rows, convener, 50)
        await until(offered)
    await queue.close()


async def test_relay_outlives_a_database_that_fails(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OVERDUE_S", 0.1)
    convener = await page(rows)
    await rows.execute("ALTER TABLE mark RENAME TO lost")
    async with relaying(database, None):
        await asyncio.sleep(0.2)
        await rows.execute("ALTER TABLE lost RENAME TO mark")
        await until(lambda: is_fresh(database, convener, "178378.38"), within_s=3)
