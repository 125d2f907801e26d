"""Sources, passages and citations."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import field

from db import models
from db.models.citation import CITABLE
from db.values.vocabulary import PassageKind, SourceKind
from schema.compile.declare import entity, one_of, rows
from schema.compile.where import given
from schema.node import HasCitations, Node, Versioned
from schema.scalars import URL


@entity(models.Source)
class Source(Node, Versioned, HasCitations):
    """A text from which facts are taken. Its passages, joined by line feeds, are the exact text."""

    title: str = field(description="The title.")
    kind: SourceKind = field(description="The kind of source.")
    url: URL | None = field(description="The address of the text; null if unknown.")
    publisher: str | None = field(description="The publisher; null if unknown.")
    retrieved_at: datetime | None = field(description="The time at which the text was retrieved; null if unknown.")
    sha256: str = field(description="The SHA-256 hash of the text in UTF-8, as 64 hexadecimal digits.")
    coverage: float = field(
        description="The share of the characters of BODY passages that citations quote, from 0 to 1."
    )

    @rows()
    def passages(
        passages: Any,
        section: Annotated[
            str | None, strawberry.argument(description="Return only passages under this heading.")
        ] = strawberry.UNSET,
    ) -> list["Passage"]:
        """The lines of the text, in order."""
        return passages.where(models.Passage.section == section) if given(section) else passages


@entity(models.Passage)
class Passage(Node):
    """One line of a source."""

    source: Source = field(description="The source that the line is part of.")
    ordinal: int = field(description="The line number, from 1.")
    section: str | None = field(description="The heading above the line; null before the first heading.")
    kind: PassageKind = field(description="Whether the line states facts (BODY) or structures the text.")
    text: str = field(description="The text of the line, without the line feed.")
    citations: list["Citation"] = field(description="The quotes from the line, in the order of the text.")


@entity(models.Citation)
class Citation(Node):
    """A quote from a passage that supports a row (W3C Web Annotation: text position and text quote selectors)."""

    passage: Passage = field(description="The quoted passage.")
    start: int = field(description="The position of the quote's first character in the passage, from 0.")
    end: int = field(description="The position after the quote's last character.")
    exact: str = field(description="The quoted text.")
    supports: HasCitations | None = one_of("The row that the quote supports.", *CITABLE.values())
