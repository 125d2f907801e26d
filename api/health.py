"""Health checks for a supervisor: `/livez` and `/readyz`."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from db.connections.engine import Database
from db.migrate import is_migrated
from workers.runner import ArqQueue

log = structlog.get_logger(__name__)

TIMEOUT_S: Final = 2.0
# An answer holds only for its moment, so no cache may keep it.
_UNCACHED: Final = {"Cache-Control": "no-store"}


def routes(database: Database, find_queue: Callable[[], ArqQueue | None]) -> list[Route]:
    """`/livez` answers 200 while the process runs; `/readyz` 200 while the database answers and is migrated, else 503.

    Without Redis the relay recomputes the metrics itself, so that state is `degraded` and still 200.
    """

    async def livez(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"}, headers=_UNCACHED)

    async def readyz(_: Request) -> JSONResponse:
        stored, queued = await asyncio.gather(database_state(database), redis_state(find_queue()))
        status = "unavailable" if stored != "ok" else "ok" if queued == "ok" else "degraded"
        body = {"status": status, "database": stored, "redis": queued}
        return JSONResponse(body, status_code=503 if status == "unavailable" else 200, headers=_UNCACHED)

    return [Route("/livez", livez), Route("/readyz", readyz)]


async def database_state(database: Database) -> str:
    """`ok`, `not migrated`, or `unreachable` without an answer within `TIMEOUT_S`."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return "ok" if await is_migrated(database) else "not migrated"
    except Exception as error:
        # Drivers raise unrelated types of errors for an unreachable database.
        log.warning("database unreachable", error=f"{type(error).__name__}: {error}")
        return "unreachable"


async def redis_state(queue: ArqQueue | None) -> str:
    """`ok`, `unreachable`, or `absent` if the service has no Redis."""
    if queue is None:
        return "absent"
    return "ok" if await queue.answers() else "unreachable"
