"""Claims, their values and their conflicts."""

from typing import Annotated, Any, Final

import strawberry
from sqlalchemy import select
from strawberry import UNSET, field

from db import models
from db.commands.audit import Author
from db.commands.claim import Value, assert_claim, set_claim_rank
from db.commands.field import camel
from db.commands.save import Saved
from db.connections.sessions import WriteSession
from db.errors import Invalid
from db.models.claim import SUBJECTS
from db.values.partial_date import PartialDate
from db.values.vocabulary import Certainty, MetricState, Rank, ValueStatus
from schema.compile.declare import entity, kind_of, one_of, view
from schema.compile.where import column, filter_input
from schema.filters import StringFilter
from schema.inputs import CitationInput, QuantityInput, optional, quotes, reference, row_number, to_quantity
from schema.node import HasCitations, Node, Versioned
from schema.property import Property
from schema.quantity import DateValue, Quantity
from schema.scalars import EDTF
from schema.write import WriteOptions, carry_out, payload

*_first, _last = (name.lower() for name in SUBJECTS)
_ABOUT: Final = f"{', '.join(_first)} or {_last}"
_PROPERTY_KEY: Final = (
    select(models.Property.key).where(models.Property.id == models.Claim.property_id).scalar_subquery()
)


@view(models.Claim)
class TextValue:
    """A value that is text."""

    text: str = field(description="The text.")


@view(models.Claim)
class NodeValue:
    """A value that is another row of the registry."""

    node: Node | None = one_of(
        "The organization or person that is the value.", "value_organization_id", "value_person_id"
    )


ClaimValue = Annotated[
    Quantity | TextValue | DateValue | NodeValue,
    strawberry.union(
        "ClaimValue",
        description="The value of a claim: a number, a text, a date, or an organization or person of the registry.",
    ),
]


@entity(models.Claim)
class Claim(Node, Versioned, HasCitations):
    """A statement that a subject has a value for a property.

    Claims that contradict each other stand side by side. `rank` and other rules decide which one is the best.
    """

    subject: Node | None = one_of(f"The {_ABOUT} that the claim is about.", *SUBJECTS.values())
    property: Property = field(description="The property that the claim states.")
    value_status: ValueStatus = field(description="Whether the value is known.")
    value: ClaimValue | None = kind_of(
        "The value; null unless `valueStatus` is VALUE.",
        "value_kind",
        QUANTITY="quantity",
        TEXT="TextValue",
        DATE="date",
        NODE="NodeValue",
    )
    valid_during: EDTF | None = field(description="The time at which the value holds; null if the source states none.")
    certainty: Certainty = field(description="How firmly the source states the claim.")
    rank: Rank = field(description="How the claim ranks among the claims of the same subject and property.")
    rank_reason: str | None = field(description="The reason for the rank; null if none was given.")
    stated_in: str | None = field(
        description='A document that the source refers to and the registry does not hold, such as "Form 990 (2022)".'
    )
    conflict: "ClaimConflict | None" = field(
        description="The conflict that the claim is part of; null if no claim differs from it."
    )


@entity(models.ClaimConflict)
class ClaimConflict(Node):
    """Claims about the same property of the same subject that differ."""

    subject: Node | None = one_of("The subject of the claims.", *SUBJECTS.values())
    property: Property = field(description="The property of the claims.")
    claims: list[Claim] = field(description="The differing claims.")
    compatible: bool = field(
        description='Whether all the claims can be true at once, such as "at least 100" and "128".'
    )
    explanation: str = field(description="One sentence that says how the claims differ.")
    chosen: Claim | None = field(
        name="bestClaim", description="The claim that metrics and fields such as `Organization.employees` use."
    )
    state: MetricState = field(description="FRESH; or STALE while the organization waits for a recompute.")


@filter_input
class ClaimWhere:
    """Filter claims. All given conditions must hold."""

    property: StringFilter | None = column(_PROPERTY_KEY, 'Match by the property\'s key, such as {eq: "EMPLOYEES"}.')
    rank: list[Rank] | None = column(models.Claim.rank, "The claim has one of these ranks.")
    certainty: list[Certainty] | None = column(models.Claim.certainty, "The claim has one of these certainties.")


@strawberry.input(one_of=True, description="The value of a claim; give exactly one field.")
class ClaimValueInput:
    quantity: QuantityInput | None = field(default=UNSET, description="A number.")
    text: str | None = field(default=UNSET, description="A text.")
    date: EDTF | None = field(default=UNSET, description="A date.")
    node: strawberry.ID | None = field(default=UNSET, description="The id of an organization or a person.")
    some_value: bool | None = field(default=UNSET, description="true: a value exists, but it is unknown.")
    no_value: bool | None = field(default=UNSET, description="true: the source states that there is no value.")


@strawberry.input(description="A claim to add. It does not replace other claims.")
class ClaimInput:
    subject: strawberry.ID = field(description=f"The id of the {_ABOUT} that the claim is about.")
    property: str = field(description='The key of the property, such as "EMPLOYEES".')
    value: ClaimValueInput = field(description="The value.")
    valid_during: EDTF | None = field(default=UNSET, description="The time at which the value holds.")
    certainty: Certainty = field(default=Certainty.ASSERTED, description="How firmly the source states the claim.")
    stated_in: str | None = field(
        default=UNSET,
        description='A document that the source refers to and the registry does not hold, such as "Form 990 (2022)".',
    )
    citations: list[CitationInput] = field(description="The quotes that support the claim; may be empty.")


_AssertClaimSuccess, AssertClaimPayload = payload("AssertClaim", Claim, "The new claim, or the error that refused it.")
_SetClaimRankSuccess, SetClaimRankPayload = payload("SetClaimRank", Claim, "The claim, or the error that refused it.")


@strawberry.type
class ClaimMutation:
    @strawberry.mutation(
        graphql_type=AssertClaimPayload,
        description="Add a claim with rank NORMAL. Among claims of equal rank and time, the newest counts.",
    )
    async def assert_claim(
        self,
        info: strawberry.Info,
        input: Annotated[ClaimInput, strawberry.argument(description="The claim.")],
        write: Annotated[WriteOptions | None, strawberry.argument(description="The conditions of the write.")] = UNSET,
    ) -> Any:
        async def command(session: WriteSession, author: Author) -> Saved:
            during = optional(input, "valid_during")
            return await assert_claim(
                session,
                author,
                subject=reference(input.subject, "input", "subject"),
                property_key=input.property,
                value=read_value(input.value, during),
                valid_during=during,
                certainty=input.certainty,
                stated_in=optional(input, "stated_in"),
                quotes=quotes(input.citations),
                expected_version=optional(write, "expected_version"),
            )

        return await carry_out(info, _AssertClaimSuccess, command, optional(write, "reason"))

    @strawberry.mutation(
        graphql_type=SetClaimRankPayload,
        description="Rank a claim among the claims of its property. The claim keeps the reason.",
    )
    async def set_claim_rank(
        self,
        info: strawberry.Info,
        claim: Annotated[strawberry.ID, strawberry.argument(description="The claim.")],
        rank: Annotated[Rank, strawberry.argument(description="The new rank.")],
        write: Annotated[WriteOptions, strawberry.argument(description="The conditions of the write.")],
    ) -> Any:
        async def command(session: WriteSession, author: Author) -> Saved:
            number = row_number(claim, "Claim", "claim")
            version = optional(write, "expected_version")
            return await set_claim_rank(session, author, claim_id=number, rank=rank, expected_version=version)

        return await carry_out(info, _SetClaimRankSuccess, command, optional(write, "reason"))


def read_value(input: ClaimValueInput, during: str | None) -> Value:
    """The one value that the client gave; a quantity gets the time `during`. Raises `Invalid`."""
    given_key = next(key for key, value in vars(input).items() if value is not UNSET)
    value: Any = getattr(input, given_key)
    match given_key:
        case "quantity":
            return to_quantity(value, during, "input", "value", "quantity")
        case "date":
            return PartialDate.of(value)
        case "node":
            return reference(value, "input", "value", "node")
        case "text":
            return value
        case _ if value is True:
            return ValueStatus.SOME_VALUE if given_key == "some_value" else ValueStatus.NO_VALUE
        case _:
            raise Invalid(f"expected {camel(given_key)} to be true, got false", ("input", "value"))
