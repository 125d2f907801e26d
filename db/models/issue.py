"""Issues and positions, after IBIS: arguments about an organization, and who takes which side."""

from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Versioned, partial_date
from db.models.citation import Citable
from db.models.owned import Owned
from db.sql.types import enum_type
from db.values.partial_date import PartialDate
from db.values.vocabulary import IssueKind, Stance

if TYPE_CHECKING:
    from db.models.organization import Organization

position_holder = Table(
    "position_holder",
    Base.metadata,
    Column[int]("position_id", ForeignKey("position.id", ondelete="CASCADE"), primary_key=True),
    Column[int]("organization_id", ForeignKey("organization.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Issue(Citable, Owned, Versioned, Base, owned_by="organization_id"):
    __tablename__ = "issue"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    kind: Mapped[IssueKind] = mapped_column(enum_type(IssueKind))
    title: Mapped[str]
    description: Mapped[str | None]
    since: Mapped[PartialDate | None] = partial_date("since")

    organization: Mapped["Organization"] = relationship(lazy="raise", overlaps="issues")
    positions: Mapped[list["Position"]] = relationship(
        foreign_keys="Position.issue_id", order_by="Position.id", lazy="raise"
    )


class Position(Citable, Owned, Base, owned_by="issue_id"):
    __tablename__ = "position"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    stance: Mapped[Stance] = mapped_column(enum_type(Stance))
    argument: Mapped[str]
    # A source that says "critics, including …" implies holders that it does not name.
    has_unnamed_holders: Mapped[bool] = mapped_column(default=False)

    issue: Mapped[Issue] = relationship(foreign_keys=[issue_id], lazy="raise", overlaps="positions")
    holders: Mapped[list["Organization"]] = relationship(
        secondary=position_holder, order_by="Organization.id", lazy="raise"
    )
