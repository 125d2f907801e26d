"""Workstreams: joint work of a convener's partners, with participants and outputs."""

from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Versioned, partial_date
from db.models.citation import Citable
from db.models.claim import Claimable
from db.models.owned import Owned
from db.sql.types import Name, enum_type
from db.values.partial_date import PartialDate
from db.values.vocabulary import OutputKind

if TYPE_CHECKING:
    from db.models.organization import Organization
    from db.models.partnership import Partnership


class Workstream(Citable, Claimable, Owned, Versioned, Base, owned_by="convener_id"):
    __tablename__ = "workstream"
    __table_args__ = (Index(None, "convener_id", "id"), Base.__table_args__)

    convener_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    other_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    description: Mapped[str | None]
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)

    convener: Mapped["Organization"] = relationship(lazy="raise", overlaps="workstreams")
    outputs: Mapped[list["Output"]] = relationship(
        foreign_keys="Output.workstream_id", order_by="Output.id", lazy="raise"
    )
    participations: Mapped[list["Participation"]] = relationship(
        foreign_keys="Participation.workstream_id", order_by="Participation.id", lazy="raise"
    )


class Participation(Citable, Owned, Base, owned_by="workstream_id"):
    """A partner takes part in a workstream of the convener."""

    __tablename__ = "participation"
    __table_args__ = (
        UniqueConstraint("workstream_id", "partnership_id"),
        Index(None, "workstream_id", "id"),
        Base.__table_args__,
    )

    workstream_id: Mapped[int] = mapped_column(ForeignKey("workstream.id", ondelete="CASCADE"))
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id", ondelete="CASCADE"), index=True)
    start: Mapped[PartialDate | None] = partial_date("start")
    end: Mapped[PartialDate | None] = partial_date("end")

    workstream: Mapped[Workstream] = relationship(foreign_keys=[workstream_id], lazy="raise", overlaps="participations")
    partnership: Mapped["Partnership"] = relationship(lazy="raise", overlaps="participations")


class Output(Citable, Claimable, Owned, Versioned, Base, owned_by="workstream_id"):
    __tablename__ = "output"
    __table_args__ = (Index(None, "workstream_id", "id"), Base.__table_args__)

    workstream_id: Mapped[int] = mapped_column(ForeignKey("workstream.id", ondelete="CASCADE"))
    kind: Mapped[OutputKind] = mapped_column(enum_type(OutputKind))
    title: Mapped[str | None]
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    published: Mapped[PartialDate | None] = partial_date("published")

    workstream: Mapped[Workstream] = relationship(foreign_keys=[workstream_id], lazy="raise", overlaps="outputs")
