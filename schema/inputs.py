"""The inputs that several mutations share, and reading ids, quantities and quotes from an input."""

from decimal import Decimal
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry import UNSET, field

from db import errors
from db.commands.citation import Quote
from db.values import quantity
from db.values.quantity import Comparator
from db.values.reference import Reference
from schema.compile.identity import number, parse_id
from schema.compile.where import given


@strawberry.input(description="A quote that supports the row.")
class CitationInput:
    source: strawberry.ID = field(description="The source.")
    exact: str = field(description="The exact words, within one passage of the source.")
    occurrence: int = field(default=1, description="Which occurrence of the words in the source, counted from 1.")


@strawberry.input(
    description="A number as a source states it. The comparator determines the bounds that you leave out."
)
class QuantityInput:
    value: Decimal | None = field(default=UNSET, description="The number; EXACT and APPROXIMATE need it.")
    lower: Decimal | None = field(default=UNSET, description="The lower bound; BETWEEN and AT_LEAST need it.")
    upper: Decimal | None = field(default=UNSET, description="The upper bound; BETWEEN and AT_MOST need it.")
    unit: str = field(description='The unit, such as "employee" or "USD".')
    currency: str | None = field(default=UNSET, description="The ISO 4217 code of an amount of money.")
    comparator: Comparator = field(
        default=Comparator.EXACT, description="How to read the number: exact, approximate or a bound."
    )


def to_quantity(input: QuantityInput, as_of: str | None, *path: str) -> quantity.Quantity:
    """The quantity of an input; raises `Invalid` with the path to it."""
    try:
        return quantity.Quantity.of(
            input.unit,
            input.comparator,
            value=optional(input, "value"),
            lower=optional(input, "lower"),
            upper=optional(input, "upper"),
            currency=optional(input, "currency"),
            as_of=as_of,
        )
    except ValueError as error:
        raise errors.Invalid(str(error), path) from error


def optional(input: Any, name: str) -> Any:
    """The value of a field of an optional input; None if the client left out either."""
    value = getattr(input, name) if given(input) else None
    return value if given(value) else None


def reference(id: str, *path: str) -> Reference:
    """A global id from an input; raises `Invalid` with the path to it."""
    try:
        return parse_id(id)
    except GraphQLError as error:
        raise errors.Invalid(error.message, path) from error


def row_number(id: str, type_name: str, *path: str) -> int:
    """The number in a global id of this type; raises `Invalid` with the path to it."""
    try:
        return number(parse_id(id), type_name)
    except GraphQLError as error:
        raise errors.Invalid(error.message, path) from error


def quotes(citations: list[CitationInput] | None) -> list[Quote]:
    """The quotes of an input's citations."""
    return [
        Quote(
            row_number(cited.source, "Source", "input", "citations", str(index), "source"),
            cited.exact,
            cited.occurrence,
        )
        for index, cited in enumerate(citations or ())
    ]
