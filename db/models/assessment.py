"""Assessments: ratings of an organization in one dimension, with their evidence."""

from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Versioned, partial_date
from db.models.citation import Citable
from db.models.owned import Owned
from db.sql.types import enum_type
from db.values.partial_date import PartialDate
from db.values.vocabulary import Rating

if TYPE_CHECKING:
    from db.models.claim import Claim
    from db.models.organization import Organization

assessment_claim = Table(
    "assessment_claim",
    Base.metadata,
    Column[int]("assessment_id", ForeignKey("assessment.id", ondelete="CASCADE"), primary_key=True),
    Column[int]("claim_id", ForeignKey("claim.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Assessment(Citable, Owned, Versioned, Base, owned_by="subject_id"):
    __tablename__ = "assessment"

    subject_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    dimension: Mapped[str]
    rating: Mapped[Rating] = mapped_column(enum_type(Rating))
    evidence: Mapped[str]
    assessor: Mapped[str | None]
    assessed_during: Mapped[PartialDate | None] = partial_date("assessed_during")

    subject: Mapped["Organization"] = relationship(lazy="raise", overlaps="assessments")
    supported_by: Mapped[list["Claim"]] = relationship(secondary=assessment_claim, order_by="Claim.id", lazy="raise")
