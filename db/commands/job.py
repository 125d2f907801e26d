"""Jobs: asking for a recompute, trying again what has failed, giving it up."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Select, func, select

from db.commands.audit import Author, record, snapshot
from db.connections.sessions import WriteSession
from db.errors import Invalid, NotFound
from db.models import Job, Mark, Organization
from db.models.job import BACKFILL
from db.sql.ids import among
from db.staleness import marks
from db.values.vocabulary import JobStatus, Operation, Urgency

# How many organizations can be asked for by their ids.
MOST: Final = 100

_FAILED: Final = (JobStatus.RETRYING, JobStatus.DEAD, JobStatus.CANCELLED)
_GIVEN_UP: Final = (JobStatus.QUEUED, JobStatus.RETRYING, JobStatus.DEAD)


async def request_recompute(session: WriteSession, author: Author, organization_ids: Sequence[int] | None) -> Job:
    """These organizations, or every convener, wait in the background to be recomputed, and a job tells when they were.

    Raises `Invalid` for none or more than `MOST`, `NotFound`.
    """
    path = ("organizations",)
    wanted = select(Organization.id).where(Organization.is_convener)
    if organization_ids is not None:
        if not 1 <= len(organization_ids) <= MOST:
            raise Invalid(f"organizations must be 1..{MOST}, got {len(organization_ids)}: leave it out for all", path)
        wanted = select(Organization.id).where(among(Organization.id, organization_ids))
        found = set(await session.scalars(wanted))
        for id in organization_ids:
            if id not in found:
                raise NotFound("Organization", id, path)
    job = await open_backfill(session, wanted)
    record(session, author, Operation.CREATE, job, None, None, snapshot(job))
    await session.flush()
    return job


async def open_backfill(session: WriteSession, organizations: Select[tuple[int]], kind: str = BACKFILL) -> Job:
    """The organizations are marked in the background, and a new job, flushed, is done when these marks are gone."""
    await marks.add(session, organizations)
    newest_mark = await session.scalar(select(func.max(Mark.id)))
    job = Job(
        kind=kind,
        status=JobStatus.RUNNING,
        attempts=1,
        max_attempts=1,
        enqueued_at=datetime.now(UTC),
        newest_mark=newest_mark or 0,
    )
    session.add(job)
    await session.flush()
    return job


async def retry_job(session: WriteSession, author: Author, id: int) -> Job:
    """What the job could not do is tried again at once, and as often as at first.

    Raises `NotFound`, and `Invalid` unless it has failed.
    """
    job = await _lock(session, id, _FAILED)
    before = snapshot(job)
    job.status, job.attempts, job.run_after, job.finished_at = JobStatus.QUEUED, 0, None, None
    await session.flush()
    await marks.add(session, select(Organization.id).where(Organization.id == job.organization_id), Urgency.LIVE)
    record(session, author, Operation.UPDATE, job, job.organization_id, before, snapshot(job))
    await session.flush()
    return job


async def discard_job(session: WriteSession, author: Author, id: int) -> Job:
    """The job is tried no more, until a change concerns its organization; what it failed at stays as it is.

    Raises `NotFound`, and `Invalid` unless it has failed.
    """
    job = await _lock(session, id, _GIVEN_UP)
    before = snapshot(job)
    job.status, job.run_after, job.finished_at = JobStatus.CANCELLED, None, datetime.now(UTC)
    await session.flush()
    record(session, author, Operation.UPDATE, job, job.organization_id, before, snapshot(job))
    await session.flush()
    return job


async def _lock(session: WriteSession, id: int, statuses: Collection[JobStatus]) -> Job:
    """The job of an organization that has one of these statuses, which nobody else changes meanwhile."""
    job = await session.scalar(select(Job).where(Job.id == id).with_for_update())
    if job is None:
        raise NotFound("Job", id, ("id",))
    if job.status not in statuses or job.organization_id is None:
        raise Invalid(f"a job that has failed is wanted, got one that is {job.status.name}", ("id",))
    return job
