"""Claims, what they say, and where they disagree."""

from decimal import Decimal
from typing import Annotated, Any, Final

import strawberry
from sqlalchemy import select
from strawberry import UNSET, field

from db import models
from db.commands.audit import Author
from db.commands.claim import Reference, Value, assert_claim, set_claim_rank
from db.connections.sessions import WriteSession
from db.errors import Invalid
from db.values import quantity
from db.values.partial_date import PartialDate
from db.values.quantity import Comparator
from db.values.vocabulary import Certainty, Datatype, MetricState, Rank, ValueStatus
from schema.compile.declare import entity, kind_of, one_of, view
from schema.compile.where import column, filter_input
from schema.filters import StringFilter
from schema.node import HasCitations, Node, Versioned
from schema.quantity import DateValue, Quantity
from schema.scalars import EDTF
from schema.write import CitationInput, Write, WriteResult, carry_out, optional, quotes, reference, row_number

SUBJECTS = ("subject_organization", "subject_workstream", "subject_output", "subject_person", "subject_post")

_PROPERTY_KEY: Final = (
    select(models.Property.key).where(models.Property.id == models.Claim.property_id).scalar_subquery()
)


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
class Claim(Node, Versioned, HasCitations):
    """What a source says of a property of a subject."""

    subject: Node | None = one_of("What the claim is about.", *SUBJECTS)
    property: Property = field(description="Which property of it.")
    value_status: ValueStatus = field(description="Whether the value is known.")
    value: ClaimValue | None = kind_of(
        "What the claim says; null unless `valueStatus` is VALUE.",
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
    chosen: Claim | None = field(name="bestClaim", description="The claim that shortcuts and metrics go by.")
    state: MetricState = field(description="FRESH, or STALE while a change waits for a worker to look again.")


@filter_input
class ClaimWhere:
    """Filter claims. All given conditions must hold."""

    property: StringFilter | None = column(_PROPERTY_KEY, 'Match by the property\'s key, such as {eq: "EMPLOYEES"}.')
    rank: list[Rank] | None = column(models.Claim.rank, "The claim has one of these ranks.")
    certainty: list[Certainty] | None = column(models.Claim.certainty, "The claim has one of these certainties.")


@strawberry.input(description="A number as somebody states it. Bounds that are left out follow from the comparator.")
class QuantityInput:
    value: Decimal | None = field(default=UNSET, description="The number; EXACT and APPROXIMATE need it.")
    lower: Decimal | None = field(default=UNSET, description="The least it can be; BETWEEN and AT_LEAST need it.")
    upper: Decimal | None = field(default=UNSET, description="The most it can be; BETWEEN and AT_MOST need it.")
    unit: str = field(description='What is counted or measured, such as "employee".')
    currency: str | None = field(default=UNSET, description="ISO 4217 code, where it is an amount of money.")
    comparator: Comparator = field(default=Comparator.EXACT, description="How the number is meant.")


@strawberry.input(one_of=True, description="What a claim says; exactly one of these.")
class ClaimValueInput:
    quantity: QuantityInput | None = field(default=UNSET, description="A number.")
    text: str | None = field(default=UNSET, description="Words.")
    date: EDTF | None = field(default=UNSET, description="A date.")
    node: strawberry.ID | None = field(default=UNSET, description="Something registered: an organization or a person.")
    some_value: bool | None = field(default=UNSET, description="true: there is a value, but it is not known.")
    no_value: bool | None = field(default=UNSET, description="true: it is known that there is none.")


@strawberry.input(description="A claim to be added beside those that are there.")
class ClaimInput:
    subject: strawberry.ID = field(description="What it is about: an organization, workstream, output, person or post.")
    property: str = field(description='The key of the property, such as "EMPLOYEES".')
    value: ClaimValueInput = field(description="What it says.")
    valid_during: EDTF | None = field(default=UNSET, description="When it holds.")
    certainty: Certainty = field(default=Certainty.ASSERTED, description="How firmly the source asserts it.")
    stated_in: str | None = field(default=UNSET, description="What the source itself rests on.")
    citations: list[CitationInput] = field(description="The quotes that support it; may be empty.")


@strawberry.type
class ClaimMutation:
    @strawberry.mutation(description="Adds a claim. It takes rank NORMAL; among equals the newest counts.")
    async def assert_claim(
        self,
        info: strawberry.Info,
        input: Annotated[ClaimInput, strawberry.argument(description="The claim.")],
        write: Annotated[Write | None, strawberry.argument(description="The conditions of the write.")] = UNSET,
    ) -> WriteResult:
        async def command(session: WriteSession, author: Author) -> models.Change:
            subject = reference(input.subject, "input", "subject")
            during = optional(input, "valid_during")
            return await assert_claim(
                session,
                author,
                subject=Reference(*subject),
                property_key=input.property,
                value=claimed(input.value, during),
                valid_during=during,
                certainty=input.certainty,
                stated_in=optional(input, "stated_in"),
                quotes=quotes(input.citations),
            )

        return await carry_out(info, write, command)

    @strawberry.mutation(description="Ranks a claim among those of its property; the reason is kept with it.")
    async def set_claim_rank(
        self,
        info: strawberry.Info,
        claim: Annotated[strawberry.ID, strawberry.argument(description="The claim.")],
        rank: Annotated[Rank, strawberry.argument(description="Its new rank.")],
        write: Annotated[Write, strawberry.argument(description="The conditions of the write.")],
    ) -> WriteResult:
        async def command(session: WriteSession, author: Author) -> models.Change:
            number = row_number(claim, "Claim", "claim")
            version = optional(write, "expected_version")
            return await set_claim_rank(session, author, claim_id=number, rank=rank, expected_version=version)

        return await carry_out(info, write, command)


def claimed(input: ClaimValueInput, during: str | None) -> Value:
    """The one value that is given, of the time that the claim is of; raises `Invalid`."""
    given_key = next(key for key, value in vars(input).items() if value is not UNSET)
    value: Any = getattr(input, given_key)
    match given_key:
        case "quantity":
            return _quantity(value, during)
        case "date":
            return PartialDate.of(value)
        case "node":
            return Reference(*reference(value, "input", "value", "node"))
        case "text":
            return value
        case _ if value is True:
            return ValueStatus.SOME_VALUE if given_key == "some_value" else ValueStatus.NO_VALUE
        case _:
            raise Invalid("only true can be given here, got false", ("input", "value"))


def _quantity(input: QuantityInput, during: str | None) -> quantity.Quantity:
    try:
        return quantity.Quantity.of(
            input.unit,
            input.comparator,
            value=optional(input, "value"),
            lower=optional(input, "lower"),
            upper=optional(input, "upper"),
            currency=optional(input, "currency"),
            as_of=during,
        )
    except ValueError as error:
        raise Invalid(str(error), ("input", "value", "quantity")) from error
