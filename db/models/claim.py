"""Claims, after Wikibase: what sources say about a property of a subject, and which claims disagree."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Column, ForeignKey, Index, Table, literal
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from db.models.base import Base, Versioned, add_reference, partial_date, quantity, require_one
from db.models.change import freshness
from db.models.citation import Citable
from db.models.owned import Owned, take_owner
from db.sql.types import enum_type
from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from db.values.reference import Reference
from db.values.vocabulary import Certainty, Datatype, MetricState, Rank, ValueStatus

if TYPE_CHECKING:
    from db.models.organization import Organization
    from db.models.person import Person


class Property(Base):
    """What can be claimed. Properties are rows, so that a new one needs no migration."""

    __tablename__ = "property"

    key: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    datatype: Mapped[Datatype] = mapped_column(enum_type(Datatype))
    unit: Mapped[str | None]
    # Several values at once do not contradict each other: an organization may have many focus areas.
    multivalued: Mapped[bool] = mapped_column(default=False)


class Claim(Citable, Owned, Versioned, Base):
    """What a source says about one subject.

    Each `Claimable` model adds the reference to itself. A CHECK keeps exactly one reference set.
    """

    __tablename__ = "claim"

    property_id: Mapped[int] = mapped_column(ForeignKey("property.id"), index=True)
    value_status: Mapped[ValueStatus] = mapped_column(enum_type(ValueStatus), default=ValueStatus.VALUE)
    # Says which value columns count. Null unless `value_status` is VALUE.
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


# A recompute reads the claims about an organization and about all that belongs to it.
Index(None, Claim.__table__.c.owner_id)

claim_conflict_claim = Table(
    "claim_conflict_claim",
    Base.metadata,
    # A claim is in at most one conflict: that of its subject and property.
    Column[int]("claim_id", ForeignKey("claim.id", ondelete="CASCADE"), primary_key=True),
    Column[int]("conflict_id", ForeignKey("claim_conflict.id", ondelete="CASCADE"), index=True, nullable=False),
)


class ClaimConflict(Base):
    """Claims of one property of one subject that differ. The workers find them."""

    __tablename__ = "claim_conflict"

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


# For each model that claims can be about, by name, the column of a claim and of a conflict that refers to its row.
SUBJECTS: Final[dict[str, str]] = {}


def find_subject(ids: Iterable[int | None]) -> Reference | None:
    """The row that a claim or a conflict is about; `ids` are the values of the columns of `SUBJECTS`, in that order."""
    return next((Reference(name, id) for name, id in zip(SUBJECTS, ids, strict=True) if id is not None), None)


class Claimable:
    """A model that claims can be about: it has `claims`, and both `Claim` and `ClaimConflict` refer to its rows."""

    def __init_subclass__(cls, **options: Any) -> None:
        # First the classes after this one, of which `Base` maps the model to its table.
        super().__init_subclass__(**options)
        model: Any = cls
        for about in (Claim, ClaimConflict):
            SUBJECTS[cls.__name__] = add_reference(about, f"subject_{model.__tablename__}", model, overlaps="claims")
            require_one(about, "subject", SUBJECTS.values())
        take_owner(Claim, SUBJECTS[cls.__name__], model.__table__)

    @declared_attr
    def claims(cls) -> Mapped[list[Claim]]:
        model: Any = cls
        return relationship(foreign_keys=f"Claim.subject_{model.__tablename__}_id", order_by=Claim.id, lazy="raise")
