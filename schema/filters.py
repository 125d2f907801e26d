"""Filters that several entities share."""

from decimal import Decimal

import strawberry
from strawberry import UNSET, field


@strawberry.input(description="What a text must be; every key that is given must hold. Case matters.")
class StringFilter:
    eq: str | None = field(default=UNSET, description="Exactly this.")
    in_: list[str] | None = field(default=UNSET, name="in", description="One of these.")
    contains: str | None = field(default=UNSET, description="This somewhere in it.")
    starts_with: str | None = field(default=UNSET, description="This at its beginning.")


@strawberry.input(description="What a number must be; every key that is given must hold.")
class DecimalFilter:
    eq: Decimal | None = field(default=UNSET, description="Exactly this.")
    gte: Decimal | None = field(default=UNSET, description="This or more.")
    lte: Decimal | None = field(default=UNSET, description="This or less.")
    is_null: bool | None = field(default=UNSET, description="Unknown, or known.")
