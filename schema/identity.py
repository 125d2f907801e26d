"""Global ids, `Organization:12`, and keyset cursors: the strings by which clients name rows and places in a list."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import orjson
from graphql import GraphQLError

from db.values.quantity import MOST_DIGITS
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


def decode_cursor(text: str, kinds: Sequence[type]) -> list[Any]:
    """The values of the order's keys at a cursor; raises `GraphQLError` for text that is no cursor of this order."""
    try:
        values: Any = orjson.loads(bytes.fromhex(text))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError(text)
        return [_typed(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, ArithmeticError) as error:
        raise GraphQLError(f"expected a cursor that this list gave in this order, got {text[:80]!r}") from error


def _typed(value: Any, kind: type) -> Any:
    if kind in _WRITTEN and isinstance(value, str):
        return _WRITTEN[kind](value)
    if type(value) is not kind or (kind is int and not -LARGEST <= value <= LARGEST):
        _refuse(value)
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else _refuse(text)


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    return number if number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS else _refuse(text)


def _refuse(value: Any) -> Any:
    raise ValueError(value)


# The kinds of values that a cursor holds as strings, and how each is read.
_WRITTEN: Final[dict[type, Callable[[str], Any]]] = {
    date: date.fromisoformat,
    datetime: _moment,
    Decimal: _decimal,
}
