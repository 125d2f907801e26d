"""Arguments as the compiler takes them: values become bind parameters, everything that shapes the SQL stays itself."""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, Final, Protocol

import strawberry
from graphql import GraphQLError, GraphQLField, Node, VariableNode, visit
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import Visitor
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField

from db.values.reference import Reference
from db.values.text import is_storable
from schema.identity import parse_id

Bind = Callable[[str, Any], Any]


class Field(Protocol):
    """A field with arguments, as an operation selects it."""

    @property
    def definition(self) -> GraphQLField: ...
    @property
    def declared(self) -> StrawberryField: ...
    @property
    def details(self) -> Sequence[FieldDetails]: ...


class Argued:
    """The arguments of a field, whose scalars are bound under names that begin with `prefix`.

    `check` says which are good, and raises `GraphQLError`; so does reading them.
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
        self.is_moving = _has_variable(self._node.arguments or ())
        self._whole = self._wholes(variables)

    def varies(self, *names: str) -> bool:
        """Whether a variable is in one of these arguments, which are named as in the schema."""
        return any(_has_variable([argument]) for argument in self._node.arguments or () if argument.name.value in names)

    def bound(self, bind: Bind) -> dict[str, Any]:
        """The arguments with `bind(name, value)` in place of each scalar."""
        return {name: self._walked(name, value, bind) for name, value in self._known.items()}

    def rebind(self, variables: VariableValues, bind: Bind) -> None:
        """`bind(name, value)` has been called for what other variables of the same shape may have changed."""
        if self._whole is None:
            given = self._read(variables)
        else:
            given = self._given | {name: variables.coerced[variable] for name, variable in self._whole.items()}
        for name, value in self._check(given).items():
            if value is not self._known[name]:
                self._walked(name, value, bind)

    def _walked(self, name: str, value: Any, bind: Bind) -> Any:
        return walk(value, self._kinds.get(name), f"{self._prefix}_{name}", bind)

    def _read(self, variables: VariableValues) -> dict[str, Any]:
        given = get_argument_values(self._field.definition, self._field.details[0].node, variables)
        schema, arguments = self._schema, self._field.declared.arguments
        registry: Any = schema.schema_converter.scalar_registry
        return convert_arguments(given, arguments, config=schema.config, scalar_registry=registry)

    def _wholes(self, variables: VariableValues) -> dict[str, str] | None:
        """The variables that stand for whole arguments and are passed on as they are; None where one isn't.

        These are put in their places without reading the arguments anew, which would take longer than all the rest.
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
            elif _has_variable([value]):
                return None
        return whole


def _has_variable(nodes: Iterable[Node]) -> bool:
    found = _Variables()
    for node in nodes:
        visit(node, found)
    return found.any


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.any = False

    def enter_variable(self, _node: VariableNode, *_: Any) -> None:
        self.any = True


def walk(value: Any, kind: Any, name: str, bind: Bind) -> Any:
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
        return Reference(id.type_name, bind(name, id.id))
    return bind(name, _storable(value) if isinstance(value, str) else value)


def _storable(text: str) -> str:
    if not is_storable(text):
        raise GraphQLError(f"Unicode text without NUL is wanted, got {text[:80]!a}")
    return text


def shape(value: Any) -> Any:
    """What of a variable's value the statement depends on, as a key of a cache."""
    kind = type(value)
    if kind is str:
        # Whether a string is meant as an id isn't known here; its prefix says what it would be of.
        found = _PREFIX.match(value)
        return found[1] if found else str
    if kind is dict:
        return tuple([(key, shape(item)) for key, item in value.items()])
    if kind is list:
        return tuple([shape(item) for item in value])
    return value if value is None or isinstance(value, (bool, Enum)) else kind


_PREFIX: Final = re.compile(r"([A-Za-z]{1,40}):")
