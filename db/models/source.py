"""Sources, their passages, and the citations that tie every row to the words that support it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    Table,
    UniqueConstraint,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from db.models.base import Base, Versioned, exactly_one
from db.sql.types import enum_type
from db.values.vocabulary import PassageKind, SourceKind

if TYPE_CHECKING:
    from db.models.assessment import Assessment
    from db.models.claim import Claim
    from db.models.issue import Issue, Position
    from db.models.organization import Organization, OrganizationRelation
    from db.models.partnership import Partnership
    from db.models.person import Post, Tenure
    from db.models.workstream import Output, Participation, Workstream

CITABLE = (
    "source_id",
    "organization_id",
    "relation_id",
    "partnership_id",
    "workstream_id",
    "participation_id",
    "output_id",
    "post_id",
    "tenure_id",
    "assessment_id",
    "issue_id",
    "position_id",
    "claim_id",
)

source_subject = Table(
    "source_subject",
    Base.metadata,
    Column[int]("source_id", ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column[int]("organization_id", ForeignKey("organization.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Source(Versioned, Base):
    __tablename__ = "source"

    title: Mapped[str]
    kind: Mapped[SourceKind] = mapped_column(enum_type(SourceKind))
    url: Mapped[str | None]
    publisher: Mapped[str | None]
    retrieved_at: Mapped[datetime | None]
    # Of the whole text: the passages joined by line ends give it back byte for byte.
    sha256: Mapped[str] = mapped_column(unique=True)

    passages: Mapped[list["Passage"]] = relationship(order_by="Passage.ordinal", lazy="raise")
    subjects: Mapped[list["Organization"]] = relationship(
        secondary=source_subject, order_by="Organization.id", lazy="raise", overlaps="sources"
    )
    citations: Mapped[list["Citation"]] = relationship(order_by="Citation.id", lazy="raise")

    if TYPE_CHECKING:
        coverage: Mapped[float]


class Passage(Base):
    """A line of a source; `ordinal` counts from 1."""

    __tablename__ = "passage"
    __table_args__ = (UniqueConstraint("source_id", "ordinal"), Base.__table_args__)

    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    section: Mapped[str | None]
    kind: Mapped[PassageKind] = mapped_column(enum_type(PassageKind))
    text: Mapped[str]

    source: Mapped[Source] = relationship(lazy="raise", overlaps="passages")
    citations: Mapped[list["Citation"]] = relationship(order_by="Citation.start, Citation.id", lazy="raise")


class Citation(Base):
    """The characters `start` to `end` of a passage, which read `exact`, support one row (W3C Web Annotation)."""

    __tablename__ = "citation"
    __table_args__ = (
        CheckConstraint('"start" >= 0 AND "end" > "start"', name="span"),
        exactly_one("supports", *CITABLE),
        Base.__table_args__,
    )

    passage_id: Mapped[int] = mapped_column(ForeignKey("passage.id", ondelete="CASCADE"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    exact: Mapped[str]

    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    relation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organization_relation.id", ondelete="CASCADE"), index=True
    )
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id", ondelete="CASCADE"), index=True)
    workstream_id: Mapped[int | None] = mapped_column(ForeignKey("workstream.id", ondelete="CASCADE"), index=True)
    participation_id: Mapped[int | None] = mapped_column(ForeignKey("participation.id", ondelete="CASCADE"), index=True)
    output_id: Mapped[int | None] = mapped_column(ForeignKey("output.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    tenure_id: Mapped[int | None] = mapped_column(ForeignKey("tenure.id", ondelete="CASCADE"), index=True)
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id", ondelete="CASCADE"), index=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    position_id: Mapped[int | None] = mapped_column(ForeignKey("position.id", ondelete="CASCADE"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="CASCADE"), index=True)

    passage: Mapped[Passage] = relationship(lazy="raise", overlaps="citations")
    source: Mapped[Source | None] = relationship(lazy="raise", overlaps="citations")
    organization: Mapped["Organization | None"] = relationship(lazy="raise", overlaps="citations")
    relation: Mapped["OrganizationRelation | None"] = relationship(lazy="raise", overlaps="citations")
    partnership: Mapped["Partnership | None"] = relationship(lazy="raise", overlaps="citations")
    workstream: Mapped["Workstream | None"] = relationship(lazy="raise", overlaps="citations")
    participation: Mapped["Participation | None"] = relationship(lazy="raise", overlaps="citations")
    output: Mapped["Output | None"] = relationship(lazy="raise", overlaps="citations")
    post: Mapped["Post | None"] = relationship(lazy="raise", overlaps="citations")
    tenure: Mapped["Tenure | None"] = relationship(lazy="raise", overlaps="citations")
    assessment: Mapped["Assessment | None"] = relationship(lazy="raise", overlaps="citations")
    issue: Mapped["Issue | None"] = relationship(lazy="raise", overlaps="citations")
    position: Mapped["Position | None"] = relationship(lazy="raise", overlaps="citations")
    claim: Mapped["Claim | None"] = relationship(lazy="raise", overlaps="citations")


def _coverage() -> ColumnElement[float]:
    """The share of the characters of the body that some citation covers, overlaps counted once."""
    passages, citations = Passage.__table__.alias(), Citation.__table__.alias()
    covered_before = func.coalesce(
        func.max(citations.c.end).over(
            partition_by=citations.c.passage_id, order_by=(citations.c.start, citations.c.id), rows=(None, -1)
        ),
        0,
    )
    body = (passages.c.source_id == Source.__table__.c.id, passages.c.kind == PassageKind.BODY)
    spans = (
        select(citations.c.start.label("start"), citations.c.end.label("end"), covered_before.label("before"))
        .join(passages, passages.c.id == citations.c.passage_id)
        .where(*body)
        .correlate(Source.__table__)
        .subquery()
    )
    begins = case((spans.c.start > spans.c.before, spans.c.start), else_=spans.c.before)
    covered = select(func.coalesce(func.sum(case((spans.c.end > begins, spans.c.end - begins), else_=0)), 0))
    length = select(func.sum(func.length(passages.c.text))).where(*body).correlate(Source.__table__)
    whole: ColumnElement[Any] = func.nullif(length.scalar_subquery(), 0)
    share: ColumnElement[Any] = cast(covered.scalar_subquery(), Double).op("/")(whole)
    return func.coalesce(share, 0.0)


Source.coverage = column_property(_coverage(), deferred=True)
