"""Global ids, `Organization:12`: the strings by which clients name rows."""

import re
from typing import Any, Final

from graphql import GraphQLError

from db.values.reference import Reference

LARGEST: Final = 2**63 - 1
_ID: Final = re.compile(r"([A-Z][A-Za-z]{1,40}):([1-9][0-9]{0,18})")


def parse_id(text: str) -> Reference:
    """The reference in a global id; raises `GraphQLError` for other text. The type and the row need not exist."""
    match = _ID.fullmatch(text)
    if match is None or int(match[2]) > LARGEST:
        raise GraphQLError(f'expected an id like "Organization:12", got {text[:80]!r}')
    return Reference(match[1], int(match[2]))


def number(id: Any, *type_names: str) -> Any:
    """The number in a `Reference` to one of these types; raises `GraphQLError` for another type."""
    if id.type_name not in type_names:
        expected = " or ".join(map(_a, type_names))
        raise GraphQLError(f"expected {expected} id, got {_a(id.type_name)} id")
    return id.id


def _a(type_name: str) -> str:
    return f"{'an' if type_name[0] in 'AEIOU' else 'a'} {type_name}"
