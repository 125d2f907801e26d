"""Arguments of compiled fields: scalars become bind parameters, and values that shape the SQL stay as they are."""

import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import strawberry
from graphql import GraphQLError, VariableNode
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryOptional, has_object_definition

from db.values.reference import Reference
from db.values.text import is_storable
from schema.compile.field import Field, has_variable
from schema.compile.identity import parse_id

Bind = Callable[[str, Any], Any]


class BoundArguments:
    """The arguments of a field. Each scalar is bound under a name that begins with `prefix`.

    Raises `GraphQLError` if an argument cannot be read or fails `check`.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        prefix: str,
        field: Field,
        check: Callable[[dict[str, Any]], dict[str, Any]],
        variables: VariableValues,
    ) -> None:
        self._schema, self._prefix, self._field, self._check = schema, prefix, field, check
        self._kinds = {argument.python_name: argument.type for argument in field.declared.arguments}
        self._given = self._read(variables)
        self._known = check(self._given)
        self._node = field.details[0].node
        self.is_moving = has_variable(self._node.arguments or ())
        self._whole = self._find_whole_variables(variables)

    def bind_all(self, bind: Bind) -> dict[str, Any]:
        """The arguments, with each scalar replaced by the result of `bind(name, value)`."""
        return {name: self._walk(name, value, bind) for name, value in self._known.items()}

    def rebind(self, variables: VariableValues, bind: Bind) -> None:
        """Calls `bind(name, value)` again for each value that new variables of the same shape may change."""
        if self._whole is None:
            given = self._read(variables)
        else:
            given = self._given | {name: variables.coerced[variable] for name, variable in self._whole.items()}
        for name, value in self._check(given).items():
            if value is not self._known[name]:
                self._walk(name, value, bind)

    def _walk(self, name: str, value: Any, bind: Bind) -> Any:
        return walk(value, self._kinds.get(name), f"{self._prefix}_{name}", bind)

    def _read(self, variables: VariableValues) -> dict[str, Any]:
        given = get_argument_values(self._field.definition, self._field.details[0].node, variables)
        schema, arguments = self._schema, self._field.declared.arguments
        registry: Any = schema.schema_converter.scalar_registry
        return convert_arguments(given, arguments, config=schema.config, scalar_registry=registry)

    def _find_whole_variables(self, variables: VariableValues) -> dict[str, str] | None:
        """The variables that are whole arguments and need no conversion, by argument; None if one does not qualify.

        `rebind` copies them and does not read the arguments again, which would take longer than the rest of it.
        """
        from_argument = self._schema.config.name_converter.from_argument
        names = {from_argument(argument): argument.python_name for argument in self._field.declared.arguments}
        whole: dict[str, str] = {}
        for argument in self._node.arguments or ():
            name, value = names[argument.name.value], argument.value
            if isinstance(value, VariableNode) and value.name.value in variables.coerced:
                whole[name] = value.name.value
                if self._given[name] is not variables.coerced[value.name.value]:
                    return None
            elif has_variable([value]):
                return None
        return whole


def walk(value: Any, kind: Any, name: str, bind: Bind) -> Any:
    """`value` with each scalar in it replaced by `bind(name, scalar)`; the name encodes the scalar's path.

    The statement depends on nulls, omissions, booleans, enums, the types of ids, the keys of inputs and the lengths of
    lists, so these stay.
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
        return Reference(id.type_name, bind(name, id.id))
    return bind(name, _storable(value) if isinstance(value, str) else value)


def _storable(text: str) -> str:
    if not is_storable(text):
        raise GraphQLError(f"expected Unicode text without NUL, got {text[:80]!a}")
    return text


def shape(value: Any) -> Any:
    """A cache key of the parts of a variable's value that the statement depends on."""
    kind = type(value)
    if kind is str:
        # A string may be an id, and the statement depends on an id's type: keep the prefix of what looks like one.
        found = _PREFIX.match(value)
        return found[1] if found else str
    if kind is dict:
        return tuple([(key, shape(item)) for key, item in value.items()])
    if kind is list:
        return tuple([shape(item) for item in value])
    return value if value is None or isinstance(value, (bool, Enum)) else kind


_PREFIX: Final = re.compile(r"([A-Za-z]{1,40}):")
