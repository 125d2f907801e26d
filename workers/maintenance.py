"""The periodic work of a process with a relay: heartbeats, retries, closing backfills, and nightly marks."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

import structlog

from db.connections.engine import Database
from db.connections.transient_errors import in_one_line
from db.derived.heartbeats import beat, leave
from db.derived.jobs import close_backfills, retry_due
from db.staleness.nightly import mark_nightly

log = structlog.get_logger(__name__)

HEARTBEAT_S: Final = 5.0
RETRIES_S: Final = 1.0
BACKFILLS_S: Final = 1.0
NIGHTLY_S: Final = 60.0


class Maintenance:
    """Runs beside a relay; `running` returns the number of organizations that are being recomputed."""

    def __init__(self, database: Database, running: Callable[[], int]) -> None:
        self._database = database
        self._running = running
        self._stopping = asyncio.Event()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`, through every failure of the database; then remove this process from the workers."""
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
            log.warning("maintenance failed: trying again later", error=in_one_line(error))

    async def _beat(self) -> None:
        await beat(self._database, self.name, self._running())

    async def _leave(self) -> None:
        await leave(self._database, self.name)
