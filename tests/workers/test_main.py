"""Relay and jobs together, as in production: a change in the database reaches the metrics."""

import asyncio
import os
import signal
import sys
import time

from sqlalchemy import text

from api.embedded import EmbeddedRedis
from db.connections.engine import Database
from tests.rows import Rows
from tests.until import until
from tests.workers.derived import is_fresh, page
from tests.workers.facts import exactly
from workers.main import working
from workers.runner import ArqQueue


async def employ(rows: Rows, convener: int, count: int) -> None:
    await rows.claim("EMPLOYEES", exactly(count, "employee"), subject_organization_id=convener)


async def test_change_makes_a_metric_stale_and_then_fresh(database: Database, rows: Rows, redis_url: str) -> None:
    convener = await page(rows)
    async with working(database, redis_url):
        await until(lambda: is_fresh(database, convener, "178378.38"))
        async with database.writer.begin() as connection:
            await connection.execute(text("UPDATE claim SET quantity_value = 40 WHERE quantity_unit = 'employee'"))
            # The writer's own transaction sees the value as stale, before anybody can recompute it.
            marks = await connection.scalar(
                text("SELECT count(*) FROM mark WHERE organization_id = :id"), {"id": convener}
            )
            assert marks
        await until(lambda: is_fresh(database, convener, 165_000), within_s=2)
    assert await rows.marked() == set()


async def test_metrics_follow_though_redis_is_killed_and_redis_comes_back(
    database: Database, rows: Rows, redis: EmbeddedRedis
) -> None:
    convener = await page(rows)
    queue = ArqQueue(redis.url)
    async with working(database, redis.url) as relay:
        await until(lambda: is_fresh(database, convener, "178378.38"))
        for count, value in ((40, "165000"), (50, "132000"), (60, "110000")):
            assert redis.pid
            os.kill(redis.pid, signal.SIGKILL)
            await employ(rows, convener, count)
            relay.nudge()
            await until(lambda value=value: is_fresh(database, convener, value), within_s=2)
            await until(queue.answers)
    await queue.close()


async def test_metrics_follow_though_offers_are_lost(database: Database, rows: Rows, redis: EmbeddedRedis) -> None:
    conveners = [await page(rows) for _ in range(3)]
    queue = ArqQueue(redis.url)
    async with working(database, redis.url):
        for round in range(3):
            for convener in conveners:
                await employ(rows, convener, 40 + round)
            await until(queue.answers)
            assert redis.pid
            os.kill(redis.pid, signal.SIGKILL)
            for convener in conveners:
                value = ("165000", "160975.61", "157142.86")[round]
                await until(lambda convener=convener, value=value: is_fresh(database, convener, value), within_s=2)
    await queue.close()


async def test_metrics_follow_though_redis_hangs(database: Database, rows: Rows, redis: EmbeddedRedis) -> None:
    convener = await page(rows)
    async with working(database, redis.url):
        await until(lambda: is_fresh(database, convener, "178378.38"))
        assert redis.pid
        os.kill(redis.pid, signal.SIGSTOP)
        await employ(rows, convener, 40)
        await until(lambda: is_fresh(database, convener, 165_000), within_s=2)
        os.kill(redis.pid, signal.SIGCONT)


async def test_metrics_follow_without_redis(database: Database, rows: Rows) -> None:
    convener = await page(rows)
    for url in (None, "unix:///nowhere/redis.sock"):
        await rows.execute("UPDATE organization SET name = name || '!'")
        async with working(database, url):
            await until(lambda: is_fresh(database, convener, "178378.38"), within_s=2)


async def test_many_writers_leave_nothing_stale(database: Database, rows: Rows, redis_url: str) -> None:
    conveners = [await page(rows) for _ in range(4)]

    async def write(convener: int) -> None:
        for count in range(41, 46):
            await employ(rows, convener, count)

    # Two worker processes would behave the same: they share only the database.
    async with working(database, redis_url), working(database, redis_url):
        await asyncio.gather(*(write(convener) for convener in conveners))

        async def all_fresh() -> bool:
            # 6,600,000 / 45
            return all([await is_fresh(database, convener, "146666.67") for convener in conveners])

        await until(all_fresh)
    assert await rows.marked() == set()


async def test_leaving_is_quick_at_any_moment(database: Database, rows: Rows, redis_url: str) -> None:
    for moment in range(10):
        async with working(database, redis_url):
            await rows.organization()
            await asyncio.sleep(0.01 * moment)
            began = time.monotonic()
        assert time.monotonic() - began < 2


async def test_workers_process_works_until_it_is_told_to_end(
    database_url: str, database: Database, rows: Rows, redis_url: str
) -> None:
    program = (
        "import asyncio, sys\n"
        "from db.connections.engine import Database\n"
        "from workers.main import work\n"
        "async def main():\n"
        "    database = Database(sys.argv[1])\n"
        "    await work(database, sys.argv[2])\n"
        "    await database.dispose()\n"
        "asyncio.run(main())"
    )
    convener = await page(rows)
    for number in (signal.SIGTERM, signal.SIGINT):
        await rows.execute("UPDATE organization SET name = name || '!'")
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, database_url, redis_url)
        # A process starts slowly.
        await until(lambda: is_fresh(database, convener, "178378.38"), within_s=20)
        process.send_signal(number)
        async with asyncio.timeout(5):
            assert await process.wait() == 0
