"""Filters: each field of a filter input declares its SQL condition; `and`, `or` and `not` combine conditions."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import MISSING
from typing import Any, Final, TypeVar, dataclass_transform

import strawberry
from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, true
from strawberry.types.base import has_object_definition
from strawberry.types.field import StrawberryField

from schema.compile.identity import number

T = TypeVar("T")

Condition = ColumnElement[Any]
# Turns a field's value into a condition. The second argument is the scope. For a filter of rows, it is whether the
# statement reads as of a day; for an operator such as `StringFilter.eq`, it is the column to compare.
Test = Callable[[Any, Any], Condition]

CONDITION: Final = "convene.condition"


def given(value: Any) -> bool:
    """Whether the client gave a value. Null counts as omitted."""
    return value is not None and value is not strawberry.UNSET


def condition(test: Test, description: str, *, name: str | None = None, required: bool = False) -> Any:
    """A field of a filter input; `test(value, scope)` returns its condition."""
    default = MISSING if required else strawberry.UNSET
    return strawberry.field(name=name, default=default, description=description, metadata={CONDITION: test})


def column(expression: Any, description: str, *, required: bool = False) -> Any:
    """A field that compares an expression over the filter's rows by `compare`."""
    return condition(lambda value, _scope: compare(expression, value), description, required=required)


def node(reference: Any, type_name: str, description: str) -> Any:
    """A field that takes the global id of the row that a foreign key refers to."""
    # Check for null explicitly: under `not`, a comparison with SQL NULL would drop the rows that refer to none.
    return condition(lambda id, _scope: and_(reference.is_not(None), reference == number(id, type_name)), description)


def compare(expression: Any, value: Any) -> Condition:
    """Tests membership in a list, a boolean, the operators of an input such as `StringFilter`, or equality."""
    if isinstance(value, list):
        return is_among(expression, value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, bool):
        return expression.is_(value)
    if has_object_definition(value):
        return and_(true(), *conditions(value, expression))
    return expression == value


def is_among(expression: Any, values: Iterable[Any]) -> Condition:
    """The expression has one of the values; an empty list matches nothing."""
    return or_(false(), *(expression == value for value in values))


def conditions(where: Any, scope: Any) -> list[Condition]:
    """The conditions of the keys that the client gives, in the order in which the input declares them."""
    fields = where.__strawberry_definition__.fields
    values = [(field.metadata[CONDITION], getattr(where, field.python_name)) for field in fields]
    return [test(value, scope) for test, value in values if given(value)]


def apply_filter(statement: Select[Any], where: Any, *, dated: bool = False) -> Any:
    """The statement with the conditions of the filter, if there is one. `dated` says that it reads as of a day.

    The result is typed `Any`, because the functions that return it are annotated with the GraphQL type of their field.
    """
    return statement.where(*conditions(where, dated)) if given(where) else statement


@dataclass_transform(kw_only_default=True, field_specifiers=(column, condition, node))
def condition_input(cls: type[T]) -> type[T]:
    """An input whose fields each declare a condition; raises `TypeError` for a field that declares none."""
    for name in cls.__annotations__:
        declared = vars(cls).get(name)
        if not isinstance(declared, StrawberryField) or CONDITION not in declared.metadata:
            raise TypeError(f"expected a condition for {cls.__name__}.{name}, got {declared!r}")
    return strawberry.input(cls, description=inspect.getdoc(cls))


@dataclass_transform(kw_only_default=True, field_specifiers=(column, condition, node))
def filter_input(cls: type[T]) -> type[T]:
    """A `condition_input` for the rows of a model, whose filters `and`, `or` and `not` combine."""
    for name, (kind, test, description) in _COMBINATIONS.items():
        cls.__annotations__[f"{name}_"] = kind.format(cls.__name__)
        setattr(cls, f"{name}_", condition(test, description, name=name))
    return condition_input(cls)


def _all(where: Any, scope: Any) -> Condition:
    return and_(true(), *conditions(where, scope))


_COMBINATIONS: Final[dict[str, tuple[str, Test, str]]] = {
    "and": (
        "list[{}] | None",
        lambda parts, scope: and_(true(), *(_all(part, scope) for part in parts)),
        "Match all of these filters.",
    ),
    "or": (
        "list[{}] | None",
        lambda parts, scope: or_(false(), *(_all(part, scope) for part in parts)),
        "Match at least one of these filters; an empty list matches nothing.",
    ),
    "not": ("{} | None", lambda part, scope: not_(_all(part, scope)), "Do not match this filter."),
}
