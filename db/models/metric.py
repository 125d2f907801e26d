"""Derived numbers: what each means, its value per organization, and the evidence it was computed from."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from db.models.base import Base, quantity
from db.models.change import Mark, freshness
from db.models.vocabulary import MetricState
from db.quantity import Quantity
from db.types import enum_type

if TYPE_CHECKING:
    from db.models.claim import Claim
    from db.models.organization import Organization
    from db.models.partnership import Partnership


class MetricDefinition(Base):
    __tablename__ = "metric_definition"

    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[str]
    formula: Mapped[str]
    unit: Mapped[str]
    version: Mapped[int]
    # The tables whose rows the metric is computed from, and the claims of one property as `claim:KEY`.
    depends_on: Mapped[list[str]] = mapped_column(JSON)
    time_dependent: Mapped[bool] = mapped_column(default=False)


class MetricValue(Base):
    __tablename__ = "metric_value"
    __table_args__ = (
        # A null peer equals no other in a unique index, so values without a peer need one of their own.
        Index(
            "uq_metric_value_alone",
            "subject_id",
            "definition_id",
            unique=True,
            sqlite_where=text("peer_id IS NULL"),
            postgresql_where=text("peer_id IS NULL"),
        ),
        UniqueConstraint("subject_id", "definition_id", "peer_id"),
        Base.__table_args__,
    )

    definition_id: Mapped[int] = mapped_column(ForeignKey("metric_definition.id", ondelete="CASCADE"), index=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"))
    peer_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    # What the last computation gave; `state` adds whether anything has changed since.
    outcome: Mapped[MetricState] = mapped_column(enum_type(MetricState))
    value: Mapped[Quantity | None] = quantity("value")
    formula: Mapped[str]
    substitution: Mapped[str]
    computed_at: Mapped[datetime | None]
    computed_from_change: Mapped[int | None]

    definition: Mapped[MetricDefinition] = relationship(lazy="raise")
    subject: Mapped["Organization"] = relationship(foreign_keys=[subject_id], lazy="raise", overlaps="metrics")
    peer: Mapped["Organization | None"] = relationship(foreign_keys=[peer_id], lazy="raise")
    slices: Mapped[list["MetricSlice"]] = relationship(order_by="MetricSlice.id", lazy="raise")
    warnings: Mapped[list["MetricWarning"]] = relationship(order_by="MetricWarning.id", lazy="raise")
    inputs: Mapped[list["MetricInput"]] = relationship(order_by="MetricInput.id", lazy="raise")

    if TYPE_CHECKING:
        state: Mapped[MetricState]
        stale_since: Mapped[datetime | None]


class MetricSlice(Base):
    __tablename__ = "metric_slice"

    metric_value_id: Mapped[int] = mapped_column(ForeignKey("metric_value.id", ondelete="CASCADE"), index=True)
    key: Mapped[str]
    label: Mapped[str]
    count: Mapped[int]
    share: Mapped[Quantity | None] = quantity("share")


class MetricWarning(Base):
    __tablename__ = "metric_warning"

    metric_value_id: Mapped[int] = mapped_column(ForeignKey("metric_value.id", ondelete="CASCADE"), index=True)
    code: Mapped[str]
    message: Mapped[str]
    # Global ids of the rows that the warning is about.
    inputs: Mapped[list[str]] = mapped_column(JSON, default=list)


class MetricInput(Base):
    """A row that the value was computed from, or, where `excluded`, that was left out, and why."""

    __tablename__ = "metric_input"

    metric_value_id: Mapped[int] = mapped_column(ForeignKey("metric_value.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    excluded: Mapped[bool] = mapped_column(default=False)
    used: Mapped[Quantity | None] = quantity("used")
    reason: Mapped[str]
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="SET NULL"), index=True)
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id", ondelete="SET NULL"), index=True)

    claim: Mapped["Claim | None"] = relationship(lazy="raise")
    partnership: Mapped["Partnership | None"] = relationship(lazy="raise")


MetricValue.state = freshness(MetricValue.subject_id, MetricValue.__table__.c.outcome)
MetricValue.stale_since = column_property(
    select(func.min(Mark.at)).where(Mark.organization_id == MetricValue.subject_id).scalar_subquery(), deferred=True
)
