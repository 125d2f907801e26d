"""Conditions from filter inputs: every key that is given must hold, and `and`, `or` and `not` nest."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, true

from db.sql.sort_key import sort_key

Condition = ColumnElement[Any]


def given(value: Any) -> bool:
    """Whether the client gave a value: null asks for nothing, as if the key were omitted."""
    return value is not None and value is not strawberry.UNSET


def among(column: Any, values: Iterable[Any]) -> Condition:
    """The column has one of the values; nothing has one of none."""
    return or_(false(), *(column == value for value in values))


def each(asked: Any, conditions: Mapping[str, Callable[[Any], Condition]]) -> list[Condition]:
    """What an input object's keys ask for, each by the condition of the same name."""
    values = {key: getattr(asked, key) for key in conditions}
    return [conditions[key](value) for key, value in values.items() if given(value)]


def holds(where: Any, conditions: Mapping[str, Callable[[Any], Condition]]) -> Condition:
    """What a filter asks for, `and`, `or` and `not` included."""
    if not given(where):
        return true()
    asked = each(where, conditions)
    if given(where.and_):
        asked += [holds(part, conditions) for part in where.and_]
    if given(where.or_):
        asked.append(or_(false(), *(holds(part, conditions) for part in where.or_)))
    if given(where.not_):
        asked.append(not_(holds(where.not_, conditions)))
    return and_(true(), *asked)


def matches(column: Any, text: Any) -> Condition:
    """What a `StringFilter` asks of a column that isn't null; letters must be the same in case on both databases."""
    conditions: dict[str, Callable[[Any], Condition]] = {
        "eq": lambda value: column == value,
        "in_": lambda values: among(column, values),
        "contains": lambda part: or_(
            func.length(part) == 0, func.length(func.replace(column, part, literal(""))) < func.length(column)
        ),
        "starts_with": lambda start: func.substr(column, 1, func.length(start)) == start,
    }
    return and_(true(), *each(text, conditions))


def compares(column: Any, number: Any) -> Condition:
    """What a `DecimalFilter` asks of an exact decimal; nothing but `is_null` holds of null."""
    conditions: dict[str, Callable[[Any], Condition]] = {
        "eq": lambda value: column == value,
        "gte": lambda least: sort_key(column) >= sort_key(least),
        "lte": lambda most: sort_key(column) <= sort_key(most),
        "is_null": lambda unknown: column.is_(None) if unknown else column.is_not(None),
    }
    return and_(true(), *each(number, conditions))
