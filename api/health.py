"""Health checks for a supervisor: `/livez` and `/readyz`."""

import asyncio
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from db.connections.engine import Database
from db.connections.transient_errors import in_one_line, is_write_refused
from db.migrate import is_ready
from workers.runner import ArqQueue

log = structlog.get_logger(__name__)

TIMEOUT_S: Final = 2.0
REMEMBERED_S: Final = 0.5
WRITE_EVERY_S: Final = 30.0
# An answer holds only for its moment, so no cache may keep it.
_UNCACHED: Final = {"Cache-Control": "no-store"}


def routes(database: Database, find_queue: Callable[[], ArqQueue | None]) -> list[Route]:
    """`/livez` answers 200 while the process runs; `/readyz` 200 while the database takes writes, else 503.

    Without Redis the relay recomputes the metrics itself, so that state is `degraded` and still 200.
    """

    probe = Probe(database)

    async def livez(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"}, headers=_UNCACHED)

    async def readyz(_: Request) -> JSONResponse:
        stored, queued = await asyncio.gather(probe.state(), redis_state(find_queue()))
        status = "unavailable" if stored != "ok" else "ok" if queued == "ok" else "degraded"
        body = {"status": status, "database": stored, "redis": queued}
        return JSONResponse(body, status_code=503 if status == "unavailable" else 200, headers=_UNCACHED)

    return [Route("/livez", livez), Route("/readyz", readyz)]


class Probe:
    """The database's state. However many requests ask, the database is asked at most once in `REMEMBERED_S`.

    It tries a write only every `WRITE_EVERY_S`, and each time after a failure: a write is a commit, which changes the
    `ETag` of all answers.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking: asyncio.Task[str] | None = None
        self._asked_s = self._written_s = -inf

    async def state(self) -> str:
        """`ok`, `not migrated`, `not writable`, or `unreachable` without an answer within `TIMEOUT_S`."""
        if self._asking is None or (self._asking.done() and monotonic() - self._asked_s > REMEMBERED_S):
            self._asking = asyncio.create_task(self._ask())
            self._asked_s = monotonic()
        # One client that leaves must not cancel the answer of the others.
        return await asyncio.shield(self._asking)

    async def _ask(self) -> str:
        writes = monotonic() - self._written_s > WRITE_EVERY_S
        state = await database_state(self._database, writes=writes)
        if state != "ok":
            self._written_s = -inf
        elif writes:
            self._written_s = monotonic()
        return state


async def database_state(database: Database, *, writes: bool) -> str:
    """`ok`, `not migrated`, `not writable`, or `unreachable` without an answer within `TIMEOUT_S`."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return "ok" if await is_ready(database, writes=writes) else "not migrated"
    except Exception as error:
        # Drivers raise unrelated types of errors for an unreachable database.
        state = "not writable" if is_write_refused(error) else "unreachable"
        log.warning(f"database {state}", error=in_one_line(error))
        return state


async def redis_state(queue: ArqQueue | None) -> str:
    """`ok`, `unreachable`, or `absent` if the service has no Redis."""
    if queue is None:
        return "absent"
    return "ok" if await queue.answers() else "unreachable"
