"""Heartbeats: which processes have a relay, as each last told."""

from typing import Any, Final

from sqlalchemy import delete, insert, update

from db.connections.engine import Database
from db.models import Worker
from db.sql.clock import age_s, now

# A process whose last heartbeat is older than this is forgotten.
FORGOTTEN_S: Final = 86_400.0

_WORKER: Final[Any] = Worker.__table__


async def beat(database: Database, name: str, running: int) -> None:
    """The process `name` lives and recomputes `running` organizations; its first beat deletes forgotten processes."""
    async with database.write() as session:
        seen = update(_WORKER).where(_WORKER.c.name == name).values(seen_at=now(), running=running)
        if not (await session.execute(seen.returning(_WORKER.c.id))).all():
            first = insert(_WORKER).values(name=name, started_at=now(), seen_at=now(), running=running)
            await session.execute(first)
            await session.execute(delete(_WORKER).where(age_s(_WORKER.c.seen_at) > FORGOTTEN_S))


async def leave(database: Database, name: str) -> None:
    """The process `name` is no worker any more."""
    async with database.write() as session:
        await session.execute(delete(_WORKER).where(_WORKER.c.name == name))
