"""Workers with wrong or jumping clocks, and workers that get SIGTERM while they work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from db.commands.audit import Author
from db.commands.claim import assert_claim
from db.connections.engine import Database
from db.values.reference import Reference
from tests.rows import Rows
from tests.scenarios.clock import Clock
from tests.scenarios.processes import convene, redis_server
from tests.until import until
from tests.workers.derived import is_fresh, metric, page
from tests.workers.facts import exactly
from tests.workers.test_history import history
from workers.relay import BATCH

HOUR_S = 3600.0
REVENUE = Decimal(6_600_000)


class Writer:
    """Adds one employee to the convener at each write, and at times renames enough partners that jobs are enqueued."""

    def __init__(self, database: Database, rows: Rows, convener: int) -> None:
        self._database = database
        self._rows = rows
        self._convener = convener
        self.employees = 100
        self.change = 0

    @property
    def value(self) -> str:
        return str((REVENUE / self.employees).quantize(Decimal("0.01")))

    async def write(self) -> None:
        self.employees += 1
        async with self._database.write() as session:
            subject = Reference("Organization", self._convener)
            value = exactly(self.employees, "employee")
            made = await assert_claim(session, Author("a test"), subject=subject, property_key="EMPLOYEES", value=value)
            assert made.change_id is not None
            self.change = made.change_id
        if self.employees % 10 == 0:
            await self._rows.execute("UPDATE organization SET name = name || '!' WHERE NOT is_convener")

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write many times a second in this scope."""
        ended = asyncio.Event()

        async def write() -> None:
            while not ended.is_set():
                await self.write()
                await asyncio.sleep(0.02)

        task = asyncio.create_task(write())
        try:
            yield
        finally:
            ended.set()
            await task


async def test_workers_of_other_times_that_end_under_load_lose_nothing_and_turn_nothing_back(
    database: Database, database_url: str, rows: Rows, tmp_path: Path
) -> None:
    convener = await page(rows)
    for _ in range(BATCH):
        await rows.organization()
    writer = Writer(database, rows, convener)
    settings = {"CONVENE_DATABASE_URL": database_url, "CONVENE_REDIS_URL": f"unix://{tmp_path / 'redis.sock'}"}

    async def live(clock: Clock, offset_s: float) -> None:
        clock.put_ahead(offset_s)
        async with convene(
            tmp_path,
            "worker",
            until_it_says="Redis connected: taking jobs",
            module="tests.scenarios.clock",
            **settings,
            **clock.environment,
        ) as worker:
            for jump_s in (offset_s, -offset_s, offset_s):
                clock.put_ahead(jump_s)
                await asyncio.sleep(0.5)
            assert await worker.end() == 0

    one, other = Clock(tmp_path / "one"), Clock(tmp_path / "other")
    async with redis_server(tmp_path / "redis.sock") as redis:
        async with writer.writing():
            await asyncio.gather(live(one, HOUR_S), live(other, -HOUR_S))
            await asyncio.gather(live(one, -HOUR_S), live(other, HOUR_S))
        assert await redis.jobs_done() > 0
        async with convene(tmp_path, "worker", until_it_says="taking jobs", **settings) as worker:
            await until(lambda: is_fresh(database, convener, writer.value), within_s=10)

            async def nothing_is_marked() -> bool:
                return await rows.marked() == set()

            await until(nothing_is_marked, within_s=10)
            assert await worker.end() == 0
    found = await metric(database, convener)
    assert found
    assert found.computed_from_change == writer.change
    revisions = await history(database, convener)
    values = [revision.value.value for revision in revisions if revision.value]
    assert values == sorted(values, reverse=True)
    causes = [revision.cause_id for revision in revisions if revision.cause_id]
    assert causes == sorted(causes)
    now, moments = datetime.now(UTC), [revision.computed_at for revision in revisions]
    early, late = now - timedelta(seconds=HOUR_S / 2), now + timedelta(seconds=HOUR_S / 2)
    if database.dialect.name == "sqlite":
        # This shows that the workers' clocks were wrong in both directions.
        assert min(moments) < early < late < max(moments)
    else:
        # On Postgres, the stored times come from the server's clock.
        assert early < min(moments) <= max(moments) < late
