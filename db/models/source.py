"""Sources and their passages."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
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

from db.models.base import Base, Versioned
from db.models.citation import Citable, Citation
from db.sql.types import enum_type
from db.values.vocabulary import PassageKind, SourceKind

if TYPE_CHECKING:
    from db.models.organization import Organization

source_subject = Table(
    "source_subject",
    Base.metadata,
    Column[int]("source_id", ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column[int]("organization_id", ForeignKey("organization.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Source(Citable, Versioned, Base):
    __tablename__ = "source"

    title: Mapped[str]
    kind: Mapped[SourceKind] = mapped_column(enum_type(SourceKind))
    url: Mapped[str | None]
    publisher: Mapped[str | None]
    retrieved_at: Mapped[datetime | None]
    # The digest of the whole text: the passages, joined by line feeds.
    sha256: Mapped[str] = mapped_column(unique=True)

    passages: Mapped[list["Passage"]] = relationship(order_by="Passage.ordinal", lazy="raise")
    subjects: Mapped[list["Organization"]] = relationship(
        secondary=source_subject, order_by="Organization.id", lazy="raise", overlaps="sources"
    )

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
    citations: Mapped[list[Citation]] = relationship(order_by="Citation.start, Citation.id", lazy="raise")


def _coverage() -> ColumnElement[float]:
    """The share of the body's characters that citations cover. Overlaps count once."""
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
