"""Sources, passages and citations."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import field

from db import models
from db.values.vocabulary import PassageKind, SourceKind
from schema.compile.declare import entity, one_of, rows
from schema.compile.where import given
from schema.node import HasCitations, Node, Versioned
from schema.scalars import URL


@entity(models.Source)
class Source(Node, Versioned, HasCitations):
    """A text that claims are taken from; its passages joined by line ends give it back byte for byte."""

    title: str = field(description="Its title.")
    kind: SourceKind = field(description="What sort of source it is.")
    url: URL | None = field(description="Where it was found.")
    publisher: str | None = field(description="Who published it.")
    retrieved_at: datetime | None = field(description="When it was retrieved.")
    sha256: str = field(description="SHA-256 of the whole text in UTF-8, as 64 hexadecimal digits.")
    coverage: float = field(
        description="Share of the characters of its BODY passages that at least one citation covers, 0 to 1."
    )

    @rows()
    def passages(
        passages: Any,
        section: Annotated[
            str | None, strawberry.argument(description="Only the passages under this heading.")
        ] = strawberry.UNSET,
    ) -> list["Passage"]:
        """Its lines, in order."""
        return passages.where(models.Passage.section == section) if given(section) else passages


@entity(models.Passage)
class Passage(Node):
    """A line of a source."""

    source: Source = field(description="The source that it is a line of.")
    ordinal: int = field(description="Its number, from 1.")
    section: str | None = field(description="The heading that it stands under.")
    kind: PassageKind = field(description="Whether it states something or only arranges the text.")
    text: str = field(description="The line, without its line end.")
    citations: list["Citation"] = field(description="What is cited from it, in the order of the text.")


@entity(models.Citation)
class Citation(Node):
    """A quote that supports something (W3C Web Annotation: text position and text quote selectors)."""

    passage: Passage = field(description="The passage that is quoted.")
    start: int = field(description="Characters of the passage before the quote.")
    end: int = field(description="Characters of the passage up to the end of the quote.")
    exact: str = field(description="The quote.")
    supports: HasCitations | None = one_of(
        "What it supports.",
        "source",
        "organization",
        "relation",
        "partnership",
        "workstream",
        "participation",
        "output",
        "post",
        "tenure",
        "assessment",
        "issue",
        "position",
        "claim",
    )
