"""Work that is waited for or has failed, and who works. What is to be done now is told by marks alone."""

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

# The kinds: of one organization, after it failed; of those that somebody asked for; and of all that there are.
RECOMPUTE = "metrics.recompute"
BACKFILL = "metrics.backfill"
BACKFILL_ALL = "metrics.backfill_all"


def _only(name: str, columns: tuple[str, ...], condition: str, *, unique: bool = False) -> Index:
    only = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=only, postgresql_where=only)


class Job(Base):
    """A recompute that has failed, of one metric or of an organization as a whole; or a backfill that was asked for."""

    __tablename__ = "job"
    __table_args__ = (
        # Each failure has one row, which is opened again where it fails again.
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
    # When it becomes a mark again; null unless RETRYING.
    run_after: Mapped[datetime | None]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"))
    # Null where the organization could not be recomputed at all.
    definition_id: Mapped[int | None] = mapped_column(
        ForeignKey("metric_definition.id", ondelete="CASCADE"), index=True
    )
    # Of a backfill: done when no background mark up to this one is left.
    newest_mark: Mapped[int | None]

    subject: Mapped["Organization | None"] = relationship(lazy="raise")
    definition: Mapped["MetricDefinition | None"] = relationship(lazy="raise")


class Worker(Base):
    """A process with a relay, as it last told of itself."""

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    # How many organizations it was recomputing.
    running: Mapped[int]


class DailyRun(Base):
    """What is done once a day for the whole database, and the day (UTC) for which it was done last."""

    __tablename__ = "daily_run"

    name: Mapped[str] = mapped_column(unique=True)
    day: Mapped[date]
