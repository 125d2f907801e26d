"""Metrics: their definitions, their value for each organization, and the evidence behind it."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, UniqueConstraint, func, or_, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from db.models.base import Base, quantity
from db.models.change import Change, Mark, freshness
from db.sql.types import Id, enum_type
from db.values.quantity import Quantity
from db.values.vocabulary import MetricState

if TYPE_CHECKING:
    from db.models.claim import Claim
    from db.models.organization import Organization


class MetricDefinition(Base):
    __tablename__ = "metric_definition"

    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[str]
    formula: Mapped[str]
    unit: Mapped[str]
    version: Mapped[int]
    # The tables that the metric reads, or parts of them, such as `claim:KEY`.
    depends_on: Mapped[list[str]] = mapped_column(JSON)
    time_dependent: Mapped[bool] = mapped_column(default=False)


class MetricValue(Base):
    __tablename__ = "metric_value"
    __table_args__ = (
        # A unique index treats two nulls as different, so values without a peer need an index of their own.
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
    # The state after the last computation. `state` is STALE if anything has changed since.
    computed_state: Mapped[MetricState] = mapped_column(enum_type(MetricState))
    value: Mapped[Quantity | None] = quantity("value")
    formula: Mapped[str]
    substitution: Mapped[str]
    computed_at: Mapped[datetime | None]
    computed_from_change: Mapped[int | None]
    # One digest of the state, the number and its parts, and one of everything else that explains them.
    value_digest: Mapped[str | None]
    digest: Mapped[str | None]

    definition: Mapped[MetricDefinition] = relationship(lazy="raise")
    subject: Mapped["Organization"] = relationship(foreign_keys=[subject_id], lazy="raise", overlaps="metrics")
    peer: Mapped["Organization | None"] = relationship(foreign_keys=[peer_id], lazy="raise")
    slices: Mapped[list["MetricSlice"]] = relationship(order_by="MetricSlice.id", lazy="raise")
    warnings: Mapped[list["MetricWarning"]] = relationship(order_by="MetricWarning.id", lazy="raise")
    inputs: Mapped[list["MetricInput"]] = relationship(order_by="MetricInput.id", lazy="raise")
    alternatives: Mapped[list["MetricAlternative"]] = relationship(order_by="MetricAlternative.id", lazy="raise")
    history: Mapped[list["MetricRevision"]] = relationship(order_by="MetricRevision.id.desc()", lazy="raise")

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
    """A row that the formula used or, if `excluded`, left out; `reason` says why.

    Each `Citable` model adds the reference to itself. All are null if the row was deleted.
    """

    __tablename__ = "metric_input"

    metric_value_id: Mapped[int] = mapped_column(ForeignKey("metric_value.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    excluded: Mapped[bool] = mapped_column(default=False)
    used: Mapped[Quantity | None] = quantity("used")
    reason: Mapped[str]


class MetricAlternative(Base):
    """The value that would result from preferring another claim, one that contradicts an input."""

    __tablename__ = "metric_alternative"

    metric_value_id: Mapped[int] = mapped_column(ForeignKey("metric_value.id", ondelete="CASCADE"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="SET NULL"), index=True)
    state: Mapped[MetricState] = mapped_column(enum_type(MetricState))
    value: Mapped[Quantity | None] = quantity("value")
    substitution: Mapped[str]

    claim: Mapped["Claim | None"] = relationship(lazy="raise")


class MetricRevision(Base):
    """An entry in the history of a value, added whenever its state, number or parts change."""

    __tablename__ = "metric_revision"

    metric_value_id: Mapped[int] = mapped_column(ForeignKey("metric_value.id", ondelete="CASCADE"))
    state: Mapped[MetricState] = mapped_column(enum_type(MetricState))
    value: Mapped[Quantity | None] = quantity("value")
    substitution: Mapped[str]
    computed_at: Mapped[datetime]
    cause_id: Mapped[int | None] = mapped_column(ForeignKey("change.id", ondelete="SET NULL"), index=True)

    cause: Mapped["Change | None"] = relationship(lazy="raise")

    __table_args__ = (Index(None, "metric_value_id", "id"), Index(None, "computed_at"), Base.__table_args__)


class ComparedSet(Base):
    """The partners of a convener when its comparisons with others were last computed.

    A recompute compares a changed convener with the stored partners of the others, not with newer commits. So the
    values agree with both sides, in either order of recomputing two conveners.
    """

    __tablename__ = "compared_set"

    convener_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), unique=True)
    # The digest of the partners and the formula. Null after a formula failed, so that it is tried again.
    digest: Mapped[str | None]
    size: Mapped[int]


compared_partner = Table(
    "compared_partner",
    Base.metadata,
    Column[int]("convener_id", ForeignKey("compared_set.convener_id", ondelete="CASCADE"), primary_key=True),
    # No foreign key: a deleted partner stays part of the comparison until its conveners are recomputed.
    Column[int]("partner_id", Id, primary_key=True, autoincrement=False),
    Index("ix_compared_partner_partner_id_convener_id", "partner_id", "convener_id"),
)

# A value that compares two organizations is STALE as soon as one of them is.
MetricValue.state = freshness(MetricValue.__table__.c.computed_state, MetricValue.subject_id, MetricValue.peer_id)
MetricValue.stale_since = column_property(
    select(func.min(Mark.at))
    .where(or_(Mark.organization_id == MetricValue.subject_id, Mark.organization_id == MetricValue.peer_id))
    .scalar_subquery(),
    deferred=True,
)
