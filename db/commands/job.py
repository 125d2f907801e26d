"""Jobs: requesting a recompute, and retrying or discarding a failed job."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Select, func, select

from db.commands.audit import Author, record, snapshot
from db.connections.sessions import WriteSession
from db.errors import Invalid, NotFound
from db.models import Job, Mark, Organization
from db.models.job import BACKFILL
from db.sql.ids import among
from db.staleness import marks
from db.values.reference import Reference
from db.values.vocabulary import JobStatus, Operation, Urgency

# The most organizations that one request can name.
MOST: Final = 100

_FAILED: Final = (JobStatus.RETRYING, JobStatus.DEAD, JobStatus.CANCELLED)
_GIVEN_UP: Final = (JobStatus.QUEUED, JobStatus.RETRYING, JobStatus.DEAD)


async def request_recompute(session: WriteSession, author: Author, organization_ids: Sequence[int] | None) -> Job:
    """Mark these organizations, or every convener, in the background; the new job ends when they are fresh.

    Raises `Invalid` for an empty list or more than `MOST` organizations, or `NotFound`.
    """
    path = ("organizations",)
    requested = select(Organization.id).where(Organization.is_convener)
    if organization_ids is not None:
        if not 1 <= len(organization_ids) <= MOST:
            raise Invalid(
                f"expected 1..{MOST} organizations, got {len(organization_ids)}: leave them out for all", path
            )
        requested = select(Organization.id).where(among(Organization.id, organization_ids))
        found = set(await session.scalars(requested))
        for id in organization_ids:
            if id not in found:
                raise NotFound("Organization", id, path)
    job = await open_backfill(session, requested)
    await record(session, author, Operation.CREATE, Reference("Job", job.id), None, None, snapshot(job))
    return job


async def open_backfill(session: WriteSession, organizations: Select[tuple[int]], kind: str = BACKFILL) -> Job:
    """Mark the organizations in the background; the new job, flushed, is done when these marks are gone."""
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
    """Retry the job at once, with all its attempts again.

    Raises `NotFound`, and `Invalid` unless it has failed.
    """
    job = await _lock(session, id, _FAILED)
    before = snapshot(job)
    job.status, job.attempts, job.run_after, job.finished_at = JobStatus.QUEUED, 0, None, None
    await session.flush()
    await marks.add(session, select(Organization.id).where(Organization.id == job.organization_id), Urgency.LIVE)
    await _log_update(session, author, job, before)
    return job


async def discard_job(session: WriteSession, author: Author, id: int) -> Job:
    """Stop retrying the job until its organization changes. The values that it failed to compute stay as they are.

    Raises `NotFound`, and `Invalid` unless it has failed.
    """
    job = await _lock(session, id, _GIVEN_UP)
    before = snapshot(job)
    job.status, job.run_after, job.finished_at = JobStatus.CANCELLED, None, datetime.now(UTC)
    await session.flush()
    await _log_update(session, author, job, before)
    return job


async def _log_update(session: WriteSession, author: Author, job: Job, before: dict[str, Any]) -> None:
    node = Reference("Job", job.id)
    await record(session, author, Operation.UPDATE, node, job.organization_id, before, snapshot(job))


async def _lock(session: WriteSession, id: int, statuses: Collection[JobStatus]) -> Job:
    """The job of an organization, with one of these statuses, locked until the unit of work ends."""
    job = await session.scalar(select(Job).where(Job.id == id).with_for_update())
    if job is None:
        raise NotFound("Job", id, ("id",))
    if job.status not in statuses or job.organization_id is None:
        raise Invalid(f"expected a failed job, got one that is {job.status.name}", ("id",))
    return job
