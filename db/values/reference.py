"""References to rows: a type and a number, which together are a global id."""

from typing import NamedTuple


class Reference(NamedTuple):
    """A row by the GraphQL name of its type and its number; as text its global id, `Organization:12`."""

    type_name: str
    id: int

    def __str__(self) -> str:
        return f"{self.type_name}:{self.id}"
