"""Claims, what they say, and where they disagree."""

from typing import Annotated

import strawberry
from strawberry import field

from db import models
from db.models.vocabulary import Certainty, Datatype, MetricState, Rank, SnakType
from schema.compile.declare import entity, kind_of, one_of, view
from schema.node import Citable, Node, Versioned
from schema.quantity import DateValue, Quantity
from schema.scalars import EDTF

SUBJECTS = ("subject_organization", "subject_workstream", "subject_output", "subject_person", "subject_post")


@entity(models.Property)
class Property(Node):
    """Something that can be claimed of a subject. Properties are rows: a new one needs no new schema."""

    key: str = field(description='Its key, such as "ANNUAL_REVENUE".')
    label: str = field(description="Its name for people.")
    datatype: Datatype = field(description="What its values are.")
    unit: str | None = field(description="The unit that its quantities are in, where there is only one.")
    multivalued: bool = field(description="Whether several values at once are no contradiction.")


@view(models.Claim)
class TextValue:
    """Words."""

    text: str = field(description="The words.")


@view(models.Claim)
class NodeValue:
    """Something that is registered itself."""

    node: Node | None = one_of("What the claim names.", "value_organization", "value_person")


ClaimValue = Annotated[
    Quantity | TextValue | DateValue | NodeValue,
    strawberry.union("ClaimValue", description="What a claim says: a number, words, a date, or something registered."),
]


@entity(models.Claim)
class Claim(Node, Versioned, Citable):
    """What a source says of a property of a subject."""

    subject: Node | None = one_of("What the claim is about.", *SUBJECTS)
    property: Property = field(description="Which property of it.")
    snak_type: SnakType = field(description="Whether the value is known.")
    value: ClaimValue | None = kind_of(
        "What the claim says; null unless `snakType` is VALUE.",
        "value_kind",
        QUANTITY="quantity",
        TEXT="TextValue",
        DATE="date",
        NODE="NodeValue",
    )
    valid_during: EDTF | None = field(description="When it held, as far as the source says.")
    certainty: Certainty = field(description="How firmly the source asserts it.")
    rank: Rank = field(description="How it stands among the claims of its property.")
    rank_reason: str | None = field(description="Why it has this rank.")
    stated_in: str | None = field(
        description='What the source itself rests on but we do not hold, such as "Form 990 (2022)".'
    )
    conflict: "ClaimConflict | None" = field(description="The claims that it disagrees with, if any.")


@entity(models.ClaimConflict)
class ClaimConflict(Node):
    """Claims of one property of one subject that differ, kept side by side."""

    subject: Node | None = one_of("What the claims are about.", *SUBJECTS)
    property: Property = field(description="Which property of it.")
    claims: list[Claim] = field(description="The claims that differ.")
    compatible: bool = field(description="Whether all of them can be true at once, such as 100+ and 128.")
    explanation: str = field(description="How they differ, in a sentence.")
    chosen: Claim | None = field(description="The claim that shortcuts and metrics go by.")
    state: MetricState = field(description="FRESH, or STALE while a change waits for a worker to look again.")
