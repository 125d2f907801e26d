"""Claims, after Wikibase: what a source says of a subject's property; and which claims disagree."""

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Column, ForeignKey, Index, Table, literal
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from db.models.base import Base, Versioned, exactly_one, partial_date, quantity
from db.models.change import freshness
from db.sql.types import enum_type
from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from db.values.vocabulary import Certainty, Datatype, MetricState, Rank, ValueStatus

if TYPE_CHECKING:
    from db.models.organization import Organization
    from db.models.person import Person, Post
    from db.models.source import Citation
    from db.models.workstream import Output, Workstream


class Property(Base):
    """What can be claimed; rows, not an enum, so that a new property needs no migration."""

    __tablename__ = "property"

    key: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    datatype: Mapped[Datatype] = mapped_column(enum_type(Datatype))
    unit: Mapped[str | None]
    # Several values at once are no contradiction: an organization may have many focus areas.
    multivalued: Mapped[bool] = mapped_column(default=False)


class Subject:
    """The columns of a reference to one of the things that claims can be about: exactly one is set."""

    @declared_attr
    def subject_organization_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)

    @declared_attr
    def subject_workstream_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("workstream.id", ondelete="CASCADE"), index=True)

    @declared_attr
    def subject_output_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("output.id", ondelete="CASCADE"), index=True)

    @declared_attr
    def subject_person_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)

    @declared_attr
    def subject_post_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)

    @declared_attr
    def subject_organization(cls) -> Mapped["Organization | None"]:
        return relationship(foreign_keys=[cast("Any", cls.subject_organization_id)], lazy="raise", overlaps="claims")

    @declared_attr
    def subject_workstream(cls) -> Mapped["Workstream | None"]:
        return relationship(foreign_keys=[cast("Any", cls.subject_workstream_id)], lazy="raise", overlaps="claims")

    @declared_attr
    def subject_output(cls) -> Mapped["Output | None"]:
        return relationship(foreign_keys=[cast("Any", cls.subject_output_id)], lazy="raise", overlaps="claims")

    @declared_attr
    def subject_person(cls) -> Mapped["Person | None"]:
        return relationship(foreign_keys=[cast("Any", cls.subject_person_id)], lazy="raise")

    @declared_attr
    def subject_post(cls) -> Mapped["Post | None"]:
        return relationship(foreign_keys=[cast("Any", cls.subject_post_id)], lazy="raise")


SUBJECTS = tuple(f"subject_{table}_id" for table in ("organization", "workstream", "output", "person", "post"))


class Claim(Subject, Versioned, Base):
    __tablename__ = "claim"
    __table_args__ = (
        exactly_one("subject", *SUBJECTS),
        Index(None, "subject_organization_id", "property_id"),
        Index(None, "subject_organization_id", "id"),
        Base.__table_args__,
    )

    property_id: Mapped[int] = mapped_column(ForeignKey("property.id"), index=True)
    value_status: Mapped[ValueStatus] = mapped_column(enum_type(ValueStatus), default=ValueStatus.VALUE)
    # Which of the value's columns count; null unless `value_status` is VALUE.
    value_kind: Mapped[Datatype | None] = mapped_column(enum_type(Datatype))
    valid_during: Mapped[PartialDate | None] = partial_date("valid_during")
    quantity: Mapped[Quantity | None] = quantity("quantity", as_of="valid_during_edtf")
    text: Mapped[str | None]
    date: Mapped[PartialDate | None] = partial_date("date")
    value_organization_id: Mapped[int | None] = mapped_column(
        ForeignKey("organization.id", ondelete="CASCADE"), index=True
    )
    value_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    certainty: Mapped[Certainty] = mapped_column(enum_type(Certainty), default=Certainty.ASSERTED)
    rank: Mapped[Rank] = mapped_column(enum_type(Rank), default=Rank.NORMAL)
    rank_reason: Mapped[str | None]
    stated_in: Mapped[str | None]

    property: Mapped[Property] = relationship(lazy="raise")
    value_organization: Mapped["Organization | None"] = relationship(foreign_keys=[value_organization_id], lazy="raise")
    value_person: Mapped["Person | None"] = relationship(foreign_keys=[value_person_id], lazy="raise")
    conflict: Mapped["ClaimConflict | None"] = relationship(
        secondary="claim_conflict_claim", lazy="raise", viewonly=True
    )
    citations: Mapped[list["Citation"]] = relationship(order_by="Citation.id", lazy="raise")


claim_conflict_claim = Table(
    "claim_conflict_claim",
    Base.metadata,
    # A claim is in one conflict at most: the claims of its subject and property.
    Column[int]("claim_id", ForeignKey("claim.id", ondelete="CASCADE"), primary_key=True),
    Column[int]("conflict_id", ForeignKey("claim_conflict.id", ondelete="CASCADE"), index=True, nullable=False),
)


class ClaimConflict(Subject, Base):
    """Claims of one subject's property that differ; derived by the workers, for the organization it belongs to."""

    __tablename__ = "claim_conflict"
    __table_args__ = (exactly_one("subject", *SUBJECTS), Base.__table_args__)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    property_id: Mapped[int] = mapped_column(ForeignKey("property.id"), index=True)
    chosen_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="SET NULL"), index=True)
    compatible: Mapped[bool]
    explanation: Mapped[str]

    property: Mapped[Property] = relationship(lazy="raise")
    chosen: Mapped[Claim | None] = relationship(foreign_keys=[chosen_id], lazy="raise")
    claims: Mapped[list[Claim]] = relationship(
        secondary=claim_conflict_claim, order_by=Claim.id, lazy="raise", viewonly=True
    )

    if TYPE_CHECKING:
        state: Mapped[MetricState]


ClaimConflict.state = freshness(literal(MetricState.FRESH.name), ClaimConflict.__table__.c.organization_id)
