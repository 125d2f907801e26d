"""The nightly run: metrics that change with the date alone become stale once a day."""

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
# The database's day. Its sessions are in UTC.
_TODAY: Final = func.current_date()
# Due on any day other than the last run's, even an earlier one. A wrong clock that was ahead cannot skip nights.
_DUE: Final = (_RUN.c.name == NIGHTLY) & (_RUN.c.day != _TODAY)


async def mark_nightly(database: Database) -> bool:
    """If any metric is time-dependent, every convener is marked in the background, once a day.

    A run that was missed, because no process was up, happens at the next call. Returns whether this call did the run.
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
    # If two processes get here at once, the second waits and then finds the day done.
    claimed = await session.execute(update(_RUN).where(_DUE).values(day=_TODAY).returning(_RUN.c.id))
    if claimed.first() is None:
        return False
    timely = select(literal(1)).where(MetricDefinition.time_dependent).exists()
    await marks.add(session, select(Organization.id).where(Organization.is_convener, timely))
    return True
