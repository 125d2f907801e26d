"""Failed recomputes, requested backfills, and the processes that work. Marks alone decide what to recompute now."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.sql.types import enum_type
from db.values.vocabulary import JobStatus

if TYPE_CHECKING:
    from db.models.metric import MetricDefinition
    from db.models.organization import Organization

# The kinds of jobs: a failed recompute of one organization, a backfill on request, and a backfill of everything.
RECOMPUTE = "metrics.recompute"
BACKFILL = "metrics.backfill"
BACKFILL_ALL = "metrics.backfill_all"


def _only(name: str, columns: tuple[str, ...], condition: str, *, unique: bool = False) -> Index:
    only = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=only, postgresql_where=only)


class Job(Base):
    """A failed recompute of one metric or of a whole organization, or a requested backfill."""

    __tablename__ = "job"
    __table_args__ = (
        # One row for each metric or organization: another failure reopens it.
        Index(None, "organization_id", "definition_id", unique=True),
        _only(
            "uq_job_whole", ("organization_id",), "organization_id IS NOT NULL AND definition_id IS NULL", unique=True
        ),
        _only("ix_job_run_after", ("run_after",), "run_after IS NOT NULL"),
        Index(None, "status"),
        Base.__table_args__,
    )

    kind: Mapped[str]
    status: Mapped[JobStatus] = mapped_column(enum_type(JobStatus))
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int]
    error: Mapped[str | None]
    enqueued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # When to mark the organization again; null unless RETRYING.
    run_after: Mapped[datetime | None]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"))
    # Null if the recompute of the whole organization failed.
    definition_id: Mapped[int | None] = mapped_column(
        ForeignKey("metric_definition.id", ondelete="CASCADE"), index=True
    )
    # A backfill is done when no background mark up to this one is left.
    newest_mark: Mapped[int | None]

    subject: Mapped["Organization | None"] = relationship(lazy="raise")
    definition: Mapped["MetricDefinition | None"] = relationship(lazy="raise")


class Worker(Base):
    """A process with a relay, as of its last heartbeat."""

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    # The number of organizations that it was recomputing.
    running: Mapped[int]


class DailyRun(Base):
    """A task that runs once a day for the whole database, and the last day (UTC) it ran for."""

    __tablename__ = "daily_run"

    name: Mapped[str] = mapped_column(unique=True)
    day: Mapped[date]
