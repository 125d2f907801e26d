"""Marks, which database triggers leave, and the audit log, which commands write."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, and_, case, cast, literal, select, text
from sqlalchemy.orm import Mapped, MappedSQLExpression, column_property, mapped_column, relationship

from db.models.base import Base
from db.sql.types import enum_type
from db.values.vocabulary import MetricState, Operation, Urgency

if TYPE_CHECKING:
    from db.models.metric import MetricValue
    from db.models.organization import Organization


def _urgent(name: str, urgency: Urgency, *columns: str) -> Index:
    only = text(f"urgency = '{urgency.name}'")
    return Index(name, *columns, sqlite_where=only, postgresql_where=only)


class Mark(Base):
    """Says that an organization's derived values are stale. The recompute that includes the change deletes the mark."""

    __tablename__ = "mark"
    __table_args__ = (
        Index(None, "organization_id", "id"),
        # A round of the relay reads only this index, so it costs the same beside 100,000 background marks.
        _urgent("ix_mark_live", Urgency.LIVE, "organization_id", "id"),
        _urgent("ix_mark_background", Urgency.BACKGROUND, "id", "organization_id"),
        Base.__table_args__,
    )

    # No foreign key, because a mark must not block the deletion of its organization.
    organization_id: Mapped[int]
    at: Mapped[datetime]
    urgency: Mapped[Urgency] = mapped_column(enum_type(Urgency), server_default=Urgency.LIVE.name)


def freshness(computed_state: Any, organization_id: Any, peer_id: Any = None) -> MappedSQLExpression[Any]:
    """The state of a value derived from one or two organizations: STALE while one has a mark, else `computed_state`."""
    stale = literal(MetricState.STALE.name)
    # One look-up each, because SQLite would build a temporary table for a list of columns in every row.
    cases = [(_is_marked(organization_id), stale)]
    if peer_id is not None:
        # Most values have no peer and need no look-up.
        cases.append((and_(peer_id.is_not(None), _is_marked(peer_id)), stale))
    return column_property(cast(case(*cases, else_=computed_state), enum_type(MetricState)), deferred=True)


def _is_marked(organization_id: Any) -> Any:
    return select(Mark.id).where(Mark.organization_id == organization_id).exists()


class Change(Base):
    """An entry of the audit log: who changed which row, why, and its columns before and after."""

    __tablename__ = "change"
    __table_args__ = (Index(None, "organization_id", "id"), Base.__table_args__)

    at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    actor: Mapped[str]
    reason: Mapped[str | None]
    operation: Mapped[Operation] = mapped_column(enum_type(Operation))
    # Type and number instead of foreign keys, because the log outlives the rows.
    node_type: Mapped[str]
    node_id: Mapped[int]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="SET NULL"))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    request_id: Mapped[str | None]

    organization: Mapped["Organization | None"] = relationship(lazy="raise", overlaps="changes")
    metrics: Mapped[list["MetricValue"]] = relationship(
        primaryjoin="Change.organization_id == foreign(MetricValue.subject_id)",
        order_by="MetricValue.id",
        lazy="raise",
        viewonly=True,
    )
