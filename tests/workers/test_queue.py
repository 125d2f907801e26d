"""The queue on a real Redis: enqueued jobs, their results, and an unavailable Redis."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import orjson
import pytest
from arq import connections
from redis.asyncio import Redis

from api.embedded import EmbeddedRedis
from tests.until import until
from workers import runner
from workers.queue import QueueUnavailable
from workers.runner import ENQUEUE_WINDOW_S, JOB, QUEUE, ArqQueue, JobRunner


class Taken:
    """Records the arguments of jobs."""

    def __init__(self) -> None:
        self.batches: list[Sequence[int]] = []
        self.work: Callable[[Sequence[int]], Awaitable[None]] | None = None

    async def __call__(self, organization_ids: Sequence[int]) -> None:
        if self.work:
            await self.work(organization_ids)
        self.batches.append(organization_ids)

    async def has(self, batch: Sequence[int]) -> bool:
        return batch in self.batches


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[ArqQueue]:
    queue = ArqQueue(redis_url)
    yield queue
    await queue.close()


@pytest.fixture
async def taken(redis_url: str) -> AsyncIterator[Taken]:
    taken = Taken()
    runner = JobRunner(redis_url, taken)
    running = asyncio.create_task(runner.run())
    yield taken
    runner.stop()
    await running


async def waiting(url: str) -> list[bytes]:
    async with Redis.from_url(url) as client:
        return await client.zrange(QUEUE, 0, -1)


async def early_in_a_window() -> None:
    if time.time() % ENQUEUE_WINDOW_S > ENQUEUE_WINDOW_S - 0.5:
        await asyncio.sleep(0.6)


async def test_offer_is_taken(queue: ArqQueue, taken: Taken) -> None:
    await queue.enqueue([1, 2], newest_mark=7)
    await until(lambda: taken.has([1, 2]))


async def test_same_offer_is_one_job_and_a_newer_mark_makes_another(queue: ArqQueue, redis_url: str) -> None:
    await early_in_a_window()
    for newest_mark in (7, 7, 8):
        await queue.enqueue([1, 2], newest_mark)
    await queue.enqueue([1, 3], newest_mark=7)
    assert len(await waiting(redis_url)) == 3


async def test_stuck_offer_can_be_made_again_in_the_next_window(
    queue: ArqQueue, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue.enqueue([1], newest_mark=7)
    later = time.time() + ENQUEUE_WINDOW_S
    monkeypatch.setattr(time, "time", lambda: later)
    await queue.enqueue([1], newest_mark=7)
    assert len(await waiting(redis_url)) == 2


async def test_same_offer_can_be_made_again_once_it_is_done(queue: ArqQueue, taken: Taken, redis_url: str) -> None:
    await queue.enqueue([1], newest_mark=7)
    await until(lambda: taken.has([1]))

    async def done() -> bool:
        return await waiting(redis_url) == []

    await until(done)
    taken.batches.clear()
    await queue.enqueue([1], newest_mark=7)
    await until(lambda: taken.has([1]))


@pytest.mark.parametrize("hours", [-1, 1])
async def test_offer_is_taken_though_its_caller_lives_in_another_hour(
    queue: ArqQueue, taken: Taken, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    elsewhere = int(time.time() + 3600 * hours) * 1000
    with monkeypatch.context() as patch:
        patch.setattr(connections, "timestamp_ms", lambda: elsewhere)
        await queue.enqueue([1], newest_mark=7)
    await until(lambda: taken.has([1]))


async def test_older_marks_go_first(queue: ArqQueue, redis_url: str) -> None:
    for newest_mark in (9, 11, 10):
        await queue.enqueue([1], newest_mark)
    assert [job.split(b":")[2] for job in await waiting(redis_url)] == [b"9", b"10", b"11"]


async def test_jobs_are_json(queue: ArqQueue, redis_url: str) -> None:
    await queue.enqueue([1, 2], newest_mark=7)
    (job,) = await waiting(redis_url)
    async with Redis.from_url(redis_url) as client:
        written = orjson.loads(await client.get(b"arq:job:" + job))
    assert (written["f"], written["a"]) == (JOB, [[1, 2]])


@pytest.fixture
async def rarely_looking(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Taken]:
    """Yield the jobs of a runner that has looked at the queue and looks again after a minute, unless it is woken."""
    monkeypatch.setattr(runner, "POLL_S", 60)
    monkeypatch.setattr(runner, "IDLE_POLL_S", 60)
    taken = Taken()
    jobs = JobRunner(redis_url, taken)
    running = asyncio.create_task(jobs.run())
    await asyncio.sleep(0.3)
    yield taken
    jobs.stop()
    await running


async def test_enqueue_wakes_a_runner_that_has_nothing_to_do(queue: ArqQueue, rarely_looking: Taken) -> None:
    await queue.enqueue([1], newest_mark=7)
    await until(lambda: rarely_looking.has([1]))


async def test_job_that_ends_makes_room_for_the_next(queue: ArqQueue, rarely_looking: Taken) -> None:
    async def slow(organization_ids: Sequence[int]) -> None:
        await asyncio.sleep(0.3)

    rarely_looking.work = slow
    for number in range(1, 6):
        await queue.enqueue([number], newest_mark=number)
    await until(lambda: rarely_looking.has([5]))


async def test_job_is_taken_though_its_message_is_lost(
    queue: ArqQueue, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The runner has subscribed by then.
    await asyncio.sleep(0.3)
    monkeypatch.setattr(runner, "ENQUEUED", "convene:nobody-listens")
    await queue.enqueue([1], newest_mark=7)
    await until(lambda: taken.has([1]))


async def test_job_that_is_not_json_is_dropped_without_running_it(
    queue: ArqQueue, taken: Taken, redis_url: str
) -> None:
    async with Redis.from_url(redis_url) as client:
        await client.set("arq:job:evil", b"cos\nsystem\n(S'true'\ntR.")
        await client.zadd(QUEUE, {"evil": 1})
    await queue.enqueue([1], newest_mark=7)
    await until(lambda: taken.has([1]))

    async def dropped() -> bool:
        return await waiting(redis_url) == []

    await until(dropped)


async def test_hung_redis_keeps_an_offer_for_a_short_time_only(queue: ArqQueue, redis: EmbeddedRedis) -> None:
    await queue.enqueue([1], newest_mark=7)
    assert redis.pid
    os.kill(redis.pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(QueueUnavailable):
        await queue.enqueue([2], newest_mark=8)
    assert not await queue.answers()
    assert time.monotonic() - began < 1
    os.kill(redis.pid, signal.SIGCONT)
    await until(queue.answers)
    await queue.enqueue([2], newest_mark=8)


async def test_absent_redis_is_unavailable() -> None:
    queue = ArqQueue("unix:///nowhere/redis.sock")
    with pytest.raises(QueueUnavailable, match="ConnectionError"):
        await queue.enqueue([1], newest_mark=7)
    assert not await queue.answers()
    await queue.close()


async def test_jobs_are_taken_again_after_redis_died(queue: ArqQueue, taken: Taken, redis: EmbeddedRedis) -> None:
    await queue.enqueue([1], newest_mark=7)
    await until(lambda: taken.has([1]))
    assert redis.pid
    os.kill(redis.pid, signal.SIGKILL)

    async def gone() -> bool:
        return not await queue.answers()

    await until(gone)
    await until(queue.answers)
    await queue.enqueue([2], newest_mark=8)
    await until(lambda: taken.has([2]))


async def test_jobs_are_taken_again_after_redis_hung(queue: ArqQueue, taken: Taken, redis: EmbeddedRedis) -> None:
    await queue.enqueue([1], newest_mark=7)
    await until(lambda: taken.has([1]))
    assert redis.pid
    os.kill(redis.pid, signal.SIGSTOP)
    # Longer than the socket's timeout.
    await asyncio.sleep(1.2)
    os.kill(redis.pid, signal.SIGCONT)
    await until(queue.answers)
    await queue.enqueue([2], newest_mark=8)
    await until(lambda: taken.has([2]))


async def test_job_that_fails_does_not_keep_others_from_running(queue: ArqQueue, redis_url: str) -> None:
    taken = Taken()

    async def fail_or_take(organization_ids: Sequence[int]) -> None:
        if organization_ids == [1]:
            raise RuntimeError("no luck")
        await taken(organization_ids)

    runner = JobRunner(redis_url, fail_or_take)
    running = asyncio.create_task(runner.run())
    await queue.enqueue([1], newest_mark=7)
    await queue.enqueue([2], newest_mark=8)
    await until(lambda: taken.has([2]))
    runner.stop()
    await running
    assert await waiting(redis_url) == []


async def test_stopping_lets_a_running_job_end(queue: ArqQueue, redis_url: str) -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_: Sequence[int]) -> None:
        begun.set()
        await may_end.wait()
        ended.set()

    runner = JobRunner(redis_url, slow)
    running = asyncio.create_task(runner.run())
    await queue.enqueue([1], newest_mark=7)
    await begun.wait()
    runner.stop()
    await asyncio.sleep(0.05)
    assert not running.done()
    may_end.set()
    async with asyncio.timeout(2):
        await running
    assert ended.is_set()
    assert await waiting(redis_url) == []
