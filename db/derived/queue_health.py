"""How far behind the workers are, as figures that are one SQL expression each."""

from typing import Any, Final

from sqlalchemy import ColumnElement, case, distinct, func, select

from db.connections.engine import Database
from db.models import Job, Mark, Worker
from db.sql.clock import age_s
from db.values.vocabulary import JobStatus

# Workers without a heartbeat for this long do not count.
SEEN_S: Final = 15.0

_MARK: Final[Any] = Mark.__table__.c
_JOB: Final[Any] = Job.__table__.c
_WORKER: Final[Any] = Worker.__table__.c
# Workers with a heartbeat far in the future do not count either: the clock was wrong.
_SEEN: Final = age_s(_WORKER.seen_at).between(-SEEN_S, SEEN_S)
_AGE_S: Final = age_s(_MARK.at)
# A mark with a time in the future counts as new, for the same reason.
_WAITED_S: Final = case((_AGE_S > 0, _AGE_S), else_=0.0)


def _jobs(*statuses: JobStatus) -> ColumnElement[int]:
    return select(func.count(_JOB.id)).where(_JOB.status.in_(statuses)).scalar_subquery()


FIGURES: Final[dict[str, ColumnElement[Any]]] = {
    "queued": _jobs(JobStatus.QUEUED, JobStatus.RETRYING),
    "running": select(func.coalesce(func.sum(_WORKER.running), 0)).where(_SEEN).scalar_subquery(),
    "dead": _jobs(JobStatus.DEAD),
    "stale_organizations": select(func.count(distinct(_MARK.organization_id))).scalar_subquery(),
    # The mark with the smallest id is the oldest, give or take the duration of a transaction.
    "oldest_stale_seconds": select(_WAITED_S).order_by(_MARK.id).limit(1).scalar_subquery(),
    "workers": select(func.count(_WORKER.id)).where(_SEEN).scalar_subquery(),
}

_ALL: Final = select(*(figure.label(name) for name, figure in FIGURES.items()))


async def figures(database: Database) -> dict[str, Any]:
    """The values of `FIGURES` by name, read in one statement."""
    async with database.read() as session:
        return dict((await session.execute(_ALL)).mappings().one())
