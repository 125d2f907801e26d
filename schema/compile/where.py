"""Conditions from filter inputs: every key that is given must hold, and `and`, `or` and `not` nest."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import strawberry
from sqlalchemy import and_, false, func, literal, not_, or_, true

from schema.compile.dialect import Sql


def given(value: Any) -> bool:
    """Whether the client gave a value: null asks for nothing, as if the key were omitted."""
    return value is not None and value is not strawberry.UNSET


def among(column: Any, values: Iterable[Any]) -> Sql:
    """The column has one of the values; nothing has one of none."""
    return or_(false(), *(column == value for value in values))


def holds(where: Any, conditions: Mapping[str, Callable[[Any], Sql]]) -> Sql:
    """What an input object asks for, each of its keys by the condition of the same name."""
    if not given(where):
        return true()
    asked = [condition(getattr(where, key)) for key, condition in conditions.items() if given(getattr(where, key))]
    if given(where.and_):
        asked += [holds(part, conditions) for part in where.and_]
    if given(where.or_):
        asked.append(or_(false(), *(holds(part, conditions) for part in where.or_)))
    if given(where.not_):
        asked.append(not_(holds(where.not_, conditions)))
    return and_(true(), *asked)


def matches(column: Any, text: Any) -> Sql:
    """What a `StringFilter` asks of a column that isn't null; letters must be the same in case on both databases."""
    tests: dict[str, Callable[[Any], Sql]] = {
        "eq": lambda value: column == value,
        "in_": lambda values: among(column, values),
        "contains": lambda part: func.length(func.replace(column, part, literal(""))) < func.length(column),
        "starts_with": lambda start: func.substr(column, 1, func.length(start)) == start,
    }
    return and_(true(), *(test(getattr(text, key)) for key, test in tests.items() if given(getattr(text, key))))
