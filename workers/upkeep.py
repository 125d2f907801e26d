"""What a process with a relay does by the clock: it tells that it lives, tries again what failed, marks by night."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

import structlog
from sqlalchemy import delete, insert, update

from db.connections.engine import Database
from db.models import Worker
from db.sql.clock import age_s, now
from workers.jobs import close_backfills, retry_due
from workers.nightly import mark_nightly

log = structlog.get_logger(__name__)

HEARTBEAT_S: Final = 5.0
RETRIES_S: Final = 1.0
BACKFILLS_S: Final = 1.0
NIGHTLY_S: Final = 60.0
# A process that hasn't told of itself for so long is forgotten.
FORGOTTEN_S: Final = 86_400.0

_WORKER: Final[Any] = Worker.__table__


class Upkeep:
    """Runs beside a relay; `running` says how many organizations are being recomputed."""

    def __init__(self, database: Database, running: Callable[[], int]) -> None:
        self._database = database
        self._running = running
        self._stopping = asyncio.Event()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"

    def stop(self) -> None:
        """`run` ends."""
        self._stopping.set()

    async def run(self) -> None:
        """Runs until `stop`, through every failure of the database; the process is no worker any more then."""
        chores: list[tuple[float, Callable[[], Awaitable[object]]]] = [
            (HEARTBEAT_S, self._beat),
            (RETRIES_S, lambda: retry_due(self._database)),
            (BACKFILLS_S, lambda: close_backfills(self._database)),
            (NIGHTLY_S, lambda: mark_nightly(self._database)),
        ]
        await asyncio.gather(*(self._repeat(every_s, chore) for every_s, chore in chores))
        await self._attempt(self._leave)

    async def _repeat(self, every_s: float, chore: Callable[[], Awaitable[object]]) -> None:
        while not self._stopping.is_set():
            await self._attempt(chore)
            try:
                async with asyncio.timeout(every_s):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def _attempt(self, chore: Callable[[], Awaitable[object]]) -> None:
        try:
            await chore()
        except Exception as error:
            log.warning("upkeep failed and is done later", error=f"{type(error).__name__}: {error}")

    async def _beat(self) -> None:
        running = self._running()
        async with self._database.write() as session:
            seen = update(_WORKER).where(_WORKER.c.name == self.name).values(seen_at=now(), running=running)
            if not (await session.execute(seen.returning(_WORKER.c.id))).all():
                first = insert(_WORKER).values(name=self.name, started_at=now(), seen_at=now(), running=running)
                await session.execute(first)
                await session.execute(delete(_WORKER).where(age_s(_WORKER.c.seen_at) > FORGOTTEN_S))

    async def _leave(self) -> None:
        async with self._database.write() as session:
            await session.execute(delete(_WORKER).where(_WORKER.c.name == self.name))
