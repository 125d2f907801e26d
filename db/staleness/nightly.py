"""Metrics that change with the passing of time alone: marked once a day."""

from datetime import date
from typing import Any, Final

from sqlalchemy import func, insert, literal, select, update

from db.connections.engine import Database
from db.connections.sessions import WriteSession
from db.models import DailyRun, MetricDefinition, Organization
from db.staleness import marks

NIGHTLY: Final = "metrics.nightly"
_NEVER: Final = date(1970, 1, 1)

_RUN: Final[Any] = DailyRun.__table__
# Days are the database's, and its sessions are in UTC.
_TODAY: Final = func.current_date()
# Any other day than the one it was done for: after a clock that was ahead, waiting for that day would skip nights.
_DUE: Final = (_RUN.c.name == NIGHTLY) & (_RUN.c.day != _TODAY)


async def mark_nightly(database: Database) -> bool:
    """Where a metric changes with time, every convener has been marked in the background, once for this day.

    A night that nobody was awake in is made up for. Returns whether it was this call that marked.
    """
    async with database.read() as session:
        last = await session.scalar(select(_RUN.c.day).where(_RUN.c.name == NIGHTLY))
        if last is not None and not await session.scalar(select(_RUN.c.id).where(_DUE)):
            return False
    async with database.write() as session:
        if last is None:
            await session.execute(insert(_RUN).values(name=NIGHTLY, day=_NEVER))
        return await _mark_first(session)


async def _mark_first(session: WriteSession) -> bool:
    # Of two that come at once, the other waits here and then finds that the day is done.
    claimed = await session.execute(update(_RUN).where(_DUE).values(day=_TODAY).returning(_RUN.c.id))
    if claimed.first() is None:
        return False
    timely = select(literal(1)).where(MetricDefinition.time_dependent).exists()
    await marks.add(session, select(Organization.id).where(Organization.is_convener, timely))
    return True
