"""Heartbeats: the processes that run a relay."""

from typing import Any, Final

from sqlalchemy import delete, insert, update

from db.connections.engine import Database
from db.models import Worker
from db.sql.clock import age_s, now

# Processes without a heartbeat for this long are deleted.
FORGOTTEN_S: Final = 86_400.0

_WORKER: Final[Any] = Worker.__table__


async def beat(database: Database, name: str, running: int) -> None:
    """Record that the process is alive and recomputes `running` organizations. Its first beat deletes old processes."""
    async with database.write() as session:
        seen = update(_WORKER).where(_WORKER.c.name == name).values(seen_at=now(), running=running)
        if not (await session.execute(seen.returning(_WORKER.c.id))).all():
            first = insert(_WORKER).values(name=name, started_at=now(), seen_at=now(), running=running)
            await session.execute(first)
            await session.execute(delete(_WORKER).where(age_s(_WORKER.c.seen_at) > FORGOTTEN_S))


async def leave(database: Database, name: str) -> None:
    """Delete the process from the list of workers."""
    async with database.write() as session:
        await session.execute(delete(_WORKER).where(_WORKER.c.name == name))
