"""Organizations, both conveners and partners, with their names and relations."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Versioned, partial_date
from db.models.citation import Citable
from db.models.claim import Claim, Claimable, ClaimConflict
from db.models.owned import Owned
from db.sql.types import Name, enum_type
from db.values.partial_date import PartialDate
from db.values.vocabulary import NameKind, RelationKind, Sector

if TYPE_CHECKING:
    from db.models.assessment import Assessment
    from db.models.change import Change
    from db.models.issue import Issue
    from db.models.metric import MetricValue
    from db.models.partnership import Partnership
    from db.models.person import Post
    from db.models.source import Source
    from db.models.workstream import Workstream


class Organization(Citable, Claimable, Owned, Versioned, Base, owned_by="id"):
    __tablename__ = "organization"
    __table_args__ = (Index(None, "is_convener", "id"), Base.__table_args__)

    slug: Mapped[str] = mapped_column(Name, unique=True)
    name: Mapped[str] = mapped_column(Name, index=True)
    sector: Mapped[Sector] = mapped_column(enum_type(Sector), default=Sector.UNKNOWN)
    is_convener: Mapped[bool] = mapped_column(default=False)

    other_names: Mapped[list["OtherName"]] = relationship(order_by="OtherName.id", lazy="raise")
    identifiers: Mapped[list["Identifier"]] = relationship(order_by="Identifier.id", lazy="raise")
    relations: Mapped[list["OrganizationRelation"]] = relationship(
        foreign_keys="OrganizationRelation.from_organization_id", order_by="OrganizationRelation.id", lazy="raise"
    )
    partnerships: Mapped[list["Partnership"]] = relationship(
        foreign_keys="Partnership.convener_id", order_by="Partnership.id", lazy="raise"
    )
    memberships: Mapped[list["Partnership"]] = relationship(
        foreign_keys="Partnership.partner_id", order_by="Partnership.id", lazy="raise"
    )
    workstreams: Mapped[list["Workstream"]] = relationship(order_by="Workstream.id", lazy="raise")
    posts: Mapped[list["Post"]] = relationship(order_by="Post.id", lazy="raise")
    assessments: Mapped[list["Assessment"]] = relationship(order_by="Assessment.id", lazy="raise")
    issues: Mapped[list["Issue"]] = relationship(order_by="Issue.id", lazy="raise")
    conflicts: Mapped[list[ClaimConflict]] = relationship(
        foreign_keys="ClaimConflict.organization_id", order_by="ClaimConflict.id", lazy="raise"
    )
    metrics: Mapped[list["MetricValue"]] = relationship(
        foreign_keys="MetricValue.subject_id", order_by="MetricValue.id", lazy="raise"
    )
    sources: Mapped[list["Source"]] = relationship(secondary="source_subject", order_by="Source.id", lazy="raise")
    changes: Mapped[list["Change"]] = relationship(order_by="Change.id.desc()", lazy="raise")


# Indexes for the best claim of a property and for pages of an organization's claims.
_claims: Any = Claim.__table__.c
Index(None, _claims.subject_organization_id, _claims.property_id)
Index(None, _claims.subject_organization_id, _claims.id)


class OtherName(Owned, Base, owned_by="organization_id"):
    __tablename__ = "other_name"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[NameKind] = mapped_column(enum_type(NameKind))
    valid_during: Mapped[PartialDate | None] = partial_date("valid_during")


class Identifier(Owned, Base, owned_by="organization_id"):
    """The organization's identifier in another register."""

    __tablename__ = "identifier"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    scheme: Mapped[str]
    value: Mapped[str]
    url: Mapped[str | None]


class OrganizationRelation(Citable, Owned, Base, owned_by="from_organization_id", cited_as="relation"):
    """`to_organization` is the `kind` of `from_organization`: Google DeepMind is the SUCCESSOR of DeepMind."""

    __tablename__ = "organization_relation"

    from_organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    to_organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    kind: Mapped[RelationKind] = mapped_column(enum_type(RelationKind))
    valid_during: Mapped[PartialDate | None] = partial_date("valid_during")

    from_organization: Mapped[Organization] = relationship(
        foreign_keys=[from_organization_id], lazy="raise", overlaps="relations"
    )
    to_organization: Mapped[Organization] = relationship(foreign_keys=[to_organization_id], lazy="raise")
