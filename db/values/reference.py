"""References to rows: a type name and a number, which together form the global id."""

from typing import NamedTuple


class Reference(NamedTuple):
    """A row's GraphQL type name and number. Its text is the global id, `Organization:12`."""

    type_name: str
    id: int

    def __str__(self) -> str:
        return f"{self.type_name}:{self.id}"
