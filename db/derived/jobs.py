"""Failed recomputes as jobs: how often they failed, why, and when to retry. A retry becomes a mark."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import uniform
from typing import Any, Final

from sqlalchemy import distinct, func, insert, or_, select, update

from db.commands.job import open_backfill
from db.connections.engine import Database
from db.connections.sessions import ReadSession, WriteSession
from db.models import Job, Mark, Organization
from db.models.job import BACKFILL_ALL, RECOMPUTE
from db.sql.bulk import update_rows
from db.sql.clock import age_s, now
from db.sql.ids import among, among_given
from db.sql.prepared import Prepared
from db.staleness import marks
from db.values.vocabulary import JobStatus

MAX_ATTEMPTS: Final = 5
# After the n-th failure, wait between half of FIRST_S · 2ⁿ⁻¹ and all of it, so that simultaneous failures spread out.
FIRST_S: Final = 1.0
LONGEST_S: Final = 60.0
# The most retries that become marks in one unit of work.
DUE: Final = 500

# Whether `retry_due` and `close_backfills` may have anything to do. They ask every second, and the answer is mostly no:
# by `look`, that costs a twentieth of a session's statement.
ANY_RETRY: Final = "SELECT EXISTS (SELECT 1 FROM job WHERE run_after IS NOT NULL)"
ANY_BACKFILL: Final = "SELECT EXISTS (SELECT 1 FROM job WHERE status = 'RUNNING' AND newest_mark IS NOT NULL)"

_OPEN: Final = (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.RETRYING, JobStatus.DEAD)
_TABLE: Final[Any] = Job.__table__
_JOBS: Final = Prepared(select(_TABLE).where(among_given(_TABLE.c.organization_id, "organization_ids")))

# An organization, and the definition of the failed metric; None if the whole recompute failed.
Failed = tuple[int, int | None]


def delay_s(attempts: int) -> float:
    """How long to wait before the next attempt."""
    longest = min(FIRST_S * 2 ** (attempts - 1), LONGEST_S)
    return uniform(longest / 2, longest)


async def settle(session: WriteSession, organization_ids: Collection[int], errors: Mapping[Failed, str]) -> None:
    """Each failure is counted in its job. All other open jobs of the organizations have succeeded."""
    jobs = await _JOBS.run(session, {"organization_ids": list(organization_ids)})
    known = {(job.organization_id, job.definition_id): job for job in jobs}
    cured = [job.id for failed, job in known.items() if failed not in errors and job.status in _OPEN]
    if cured:
        done = update(_TABLE).where(among(_TABLE.c.id, cured))
        await session.execute(done.values(status=JobStatus.SUCCEEDED, finished_at=now(), run_after=None))
    if errors:
        moment = (await session.execute(select(now()))).scalar_one()
        await _count(session, [_failure(failed, error, known.get(failed), moment) for failed, error in errors.items()])


def _failure(failed: Failed, error: str, known: Any, moment: datetime) -> dict[str, Any]:
    goes_on = known is not None and known.status in _OPEN
    attempts = min(known.attempts + 1, MAX_ATTEMPTS) if known and goes_on else 1
    dead = attempts == MAX_ATTEMPTS
    return {
        "known_id": known.id if known else None,
        "kind": RECOMPUTE,
        "status": JobStatus.DEAD if dead else JobStatus.RETRYING,
        "attempts": attempts,
        "max_attempts": MAX_ATTEMPTS,
        "error": error,
        "enqueued_at": known.enqueued_at if known and goes_on else moment,
        "started_at": moment,
        "finished_at": moment if dead else None,
        "run_after": None if dead else moment + timedelta(seconds=delay_s(attempts)),
        "organization_id": failed[0],
        "definition_id": failed[1],
    }


async def _count(session: WriteSession, failures: Sequence[dict[str, Any]]) -> None:
    connection = await session.connection()
    await update_rows(session, _TABLE, [row for row in failures if row["known_id"] is not None])
    if first := [row for row in failures if row["known_id"] is None]:
        await connection.execute(
            insert(_TABLE), [{name: row[name] for name in row if name in _TABLE.c} for row in first]
        )


async def retry_due(database: Database) -> int:
    """Mark the organizations of due jobs in the background; return the number of these jobs.

    A job with a longer wait than `LONGEST_S` is also due: the clock was ahead when the wait was set.
    """
    if not await database.look(ANY_RETRY):
        return 0
    after = _TABLE.c.run_after
    due = (
        select(_TABLE.c.id)
        .where(after.is_not(None), or_(after <= now(), age_s(after) < -LONGEST_S))
        .order_by(after)
        .limit(DUE)
    )
    async with database.read() as session:
        if (await session.execute(due.limit(1))).first() is None:
            return 0
    async with database.write() as session:
        waiting = update(_TABLE).where(_TABLE.c.id.in_(due.with_for_update(skip_locked=True)))
        taken = waiting.values(status=JobStatus.QUEUED, run_after=None).returning(_TABLE.c.organization_id)
        organization_ids = (await session.execute(taken)).scalars().all()
        await marks.add_for(session, set(organization_ids))
        return len(organization_ids)


async def close_backfills(database: Database) -> None:
    """Backfills whose marks are gone have succeeded. Organizations that failed have jobs of their own."""
    if not await database.look(ANY_BACKFILL):
        return
    left = marks.in_background(Mark.id <= _TABLE.c.newest_mark)
    over = _TABLE.c.newest_mark.is_not(None) & (_TABLE.c.status == JobStatus.RUNNING) & ~left.exists()
    async with database.read() as session:
        if (await session.execute(select(_TABLE.c.id).where(over).limit(1))).first() is None:
            return
    async with database.write() as session:
        done = update(_TABLE).where(over).values(status=JobStatus.SUCCEEDED, finished_at=now())
        await session.execute(done)


async def count_failed(session: ReadSession) -> int:
    """The number of organizations with a failed job that has not succeeded since."""
    failed = _TABLE.c.organization_id.is_not(None) & _TABLE.c.status.in_(_OPEN)
    return await session.scalar(select(func.count(distinct(_TABLE.c.organization_id))).where(failed)) or 0


async def resume_backfill(session: WriteSession) -> int:
    """Resume an interrupted backfill of everything, or start one; return the id of its last mark."""
    begun = select(Job.newest_mark).where(Job.kind == BACKFILL_ALL, Job.status == JobStatus.RUNNING).limit(1)
    last = await session.scalar(begun)
    if last is None:
        last = (await open_backfill(session, select(Organization.id), BACKFILL_ALL)).newest_mark
    return last or 0


async def count_left(database: Database, last_mark: int) -> int:
    """The number of organizations with background marks up to this one."""
    async with database.read() as session:
        waiting = marks.in_background(Mark.id <= last_mark)
        return await session.scalar(waiting.with_only_columns(func.count(distinct(Mark.organization_id)))) or 0
