"""Filters that several entities share."""

import strawberry
from strawberry import UNSET, field


@strawberry.input(description="What a text must be; every key that is given must hold. Case matters.")
class StringFilter:
    eq: str | None = field(default=UNSET, description="Exactly this.")
    in_: list[str] | None = field(default=UNSET, name="in", description="One of these.")
    contains: str | None = field(default=UNSET, description="This somewhere in it.")
    starts_with: str | None = field(default=UNSET, description="This at its beginning.")
