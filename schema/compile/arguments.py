"""Arguments as the compiler takes them: values become bind parameters, everything that shapes the SQL stays itself."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLField
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import get_argument_values
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField

from db.text import is_storable
from schema.identity import GlobalId, parse_id


def convert(
    schema: strawberry.Schema, definition: GraphQLField, field: StrawberryField, details: FieldDetails, variables: Any
) -> dict[str, Any]:
    """The field's arguments as Python values, defaults filled in; raises `GraphQLError`."""
    given = get_argument_values(definition, details.node, variables)
    registry: Any = schema.schema_converter.scalar_registry
    return convert_arguments(given, field.arguments, config=schema.config, scalar_registry=registry)


def walk(value: Any, kind: Any, name: str, bind: Callable[[str, Any], Any]) -> Any:
    """`value` with each scalar in it replaced by `bind(name, scalar)`; names tell the place in the arguments.

    Null, omission, booleans, enums, the type of an id, which keys an input has and how long a list is stay: the
    statement depends on them.
    """
    while isinstance(kind, StrawberryOptional):
        kind = kind.of_type
    if value is None or value is strawberry.UNSET or isinstance(value, (bool, Enum)):
        return value
    if isinstance(value, list):
        return [walk(item, getattr(kind, "of_type", kind), f"{name}_{index}", bind) for index, item in enumerate(value)]
    if has_object_definition(value):
        kinds = {field.python_name: field.type for field in value.__strawberry_definition__.fields}
        walked = {key: walk(getattr(value, key), kinds[key], f"{name}_{key}", bind) for key in kinds}
        return type(value)(**walked)
    if kind is strawberry.ID:
        id = parse_id(value)
        return GlobalId(id.type_name, bind(name, id.number))
    return bind(name, _storable(value) if isinstance(value, str) else value)


def _storable(text: str) -> str:
    if not is_storable(text):
        raise GraphQLError(f"Unicode text without NUL is wanted, got {text[:80]!a}")
    return text


def shape(value: Any) -> Any:
    """What of a variable's value the statement depends on, as a key of a cache."""
    match value:
        case None | bool() | Enum():
            return value
        case dict():
            return tuple((key, shape(item)) for key, item in value.items())
        case list():
            return tuple(shape(item) for item in value)
        case str():
            # Whether a string is meant as an id isn't known here; its prefix says what it would be of.
            prefix, colon, _ = value.partition(":")
            return prefix if colon and prefix.isalpha() and len(prefix) <= 40 else str
        case _:
            return type(value)
