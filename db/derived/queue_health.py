"""How far the workers are behind: figures that are each one expression."""

from typing import Any, Final

from sqlalchemy import ColumnElement, case, distinct, func, select

from db.connections.engine import Database
from db.models import Job, Mark, Worker
from db.sql.clock import age_s
from db.values.vocabulary import JobStatus

# A worker that hasn't told of itself for so long counts no more.
SEEN_S: Final = 15.0

_MARK: Final[Any] = Mark.__table__.c
_JOB: Final[Any] = Job.__table__.c
_WORKER: Final[Any] = Worker.__table__.c
# Nor does one that told of itself in a time to come: the clock has been put back since.
_SEEN: Final = age_s(_WORKER.seen_at).between(-SEEN_S, SEEN_S)
_AGE_S: Final = age_s(_MARK.at)
# Likewise a mark of a time to come has been waiting for no time yet.
_WAITED_S: Final = case((_AGE_S > 0, _AGE_S), else_=0.0)


def _jobs(*statuses: JobStatus) -> ColumnElement[int]:
    return select(func.count(_JOB.id)).where(_JOB.status.in_(statuses)).scalar_subquery()


FIGURES: Final[dict[str, ColumnElement[Any]]] = {
    "queued": _jobs(JobStatus.QUEUED, JobStatus.RETRYING),
    "running": select(func.coalesce(func.sum(_WORKER.running), 0)).where(_SEEN).scalar_subquery(),
    "dead": _jobs(JobStatus.DEAD),
    "stale_organizations": select(func.count(distinct(_MARK.organization_id))).scalar_subquery(),
    # The smallest number is the oldest mark's, to within the time that a transaction takes.
    "oldest_stale_seconds": select(_WAITED_S).order_by(_MARK.id).limit(1).scalar_subquery(),
    "workers": select(func.count(_WORKER.id)).where(_SEEN).scalar_subquery(),
}

_ALL: Final = select(*(figure.label(name) for name, figure in FIGURES.items()))


async def figures(database: Database) -> dict[str, Any]:
    """Each of `FIGURES` by its name, as one statement finds them."""
    async with database.read() as session:
        return dict((await session.execute(_ALL)).mappings().one())
