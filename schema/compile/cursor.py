"""Cursors: each names a place in a list by the values that an item has for the keys of the order."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import orjson
from graphql import GraphQLError

from db.values.quantity import MOST_DIGITS
from schema.compile.dialect import JsonDialect, Sql, concat, constant, separate
from schema.compile.identity import LARGEST


def encode_cursor(values: Iterable[Sql], dialect: JsonDialect) -> Sql:
    """The SQL of a cursor as a JSON string; `values` are the JSON texts of the keys."""
    text = dialect.hex(concat(constant("["), *separate(values), constant("]")))
    return concat(constant('"'), text, constant('"'))


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
