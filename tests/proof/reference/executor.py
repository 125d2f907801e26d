"""Runs operations with graphql-core and the resolvers, after the same checks as in the service."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    build_schema,
    execute_sync,
    get_named_type,
    get_operation_ast,
    is_composite_type,
    is_object_type,
    parse,
    validate,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values

from tests.proof.reference.arguments import BadArgument, check, type_of
from tests.proof.reference.conditions import snake
from tests.proof.reference.fields import ONE_OF, find_resolver
from tests.proof.reference.lists import Edge, Listing
from tests.proof.reference.tables import TABLES, TYPES, Tables, View
from tests.proof.values import Day, Number, to_json

MAX_DEPTH: Final = 15

# `oldestStaleSeconds` changes from moment to moment, so it has no expected answer. A simulation computes its answer
# instead of reading it.
_EXCLUDED_FIELDS: Final = (("QueueHealth", "oldestStaleSeconds"), ("Query", "simulate"))


class Refused(Exception):
    """The whole request fails, and the operation does not run."""


class Reference:
    """Answers operations on the schema in `sdl` from rows in memory.

    `used` collects what the operations used: fields as `Type.field`, arguments as `Type.field(name)`, and keys of
    input objects as `Input.key`.
    """

    def __init__(self, sdl: str, rows: Mapping[str, Any]) -> None:
        self.schema = build_schema(sdl)
        self.tables = Tables(rows)
        self.used: set[str] = set()
        _set_scalars(self.schema.type_map)
        for type_name, field in _EXCLUDED_FIELDS:
            del self.schema.type_map[type_name].fields[field]

    def is_valid(self, query: str) -> bool:
        return not validate(self.schema, parse(query))

    def answer(self, query: str, variables: dict[str, Any], operation_name: str | None = None) -> dict[str, Any]:
        """Return the response to a valid query, with its data in the order of the selection. Raises `Refused`."""
        operation = _Operation(self, query, variables, operation_name)
        result = execute_sync(
            self.schema,
            operation.document,
            variable_values=variables,
            operation_name=operation_name,
            field_resolver=operation.resolve,
            type_resolver=_type_of,
        )
        unforeseen = [error for error in result.errors or () if not error.path or error.path[0] not in operation.bad]
        if unforeseen:
            raise AssertionError(unforeseen) from unforeseen[0].original_error
        return {"data": result.data, "errors": bool(result.errors)}


class _Operation:
    """A checked operation. The root fields in `bad` have bad arguments and get an error of their own."""

    def __init__(self, reference: Reference, query: str, variables: dict[str, Any], name: str | None) -> None:
        self.reference = reference
        self.schema = reference.schema
        try:
            self.document = parse(query)
            self.node = get_operation_ast(self.document, name)
            if self.node is None:
                raise Refused(name)
            self.variables = self._coerce(variables)
            self.bad = self._check_root_fields()
        except (GraphQLError, BadArgument) as error:
            raise Refused from error

    def _coerce(self, variables: dict[str, Any]) -> VariableValues:
        assert self.node is not None
        coerced = get_variable_values(self.schema, self.node.variable_definitions or (), variables)
        if isinstance(coerced, list):
            raise Refused(coerced)
        return coerced

    def _check_root_fields(self) -> set[str]:
        """Return the response keys of the bad root fields. Raises if a bad field fails the whole request."""
        query = self.schema.query_type
        assert query is not None
        assert self.node is not None
        self.fragments = {
            definition.name.value: FragmentDetails(definition)
            for definition in self.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        selected = collect_fields(self.schema, self.fragments, self.variables, query, self.node).grouped_field_set
        is_introspecting = any(details[0].node.name.value in ("__schema", "__type") for details in selected.values())
        bad: set[str] = set()
        for key, details in selected.items():
            try:
                self._check(query, details, 0)
            except (GraphQLError, BadArgument):
                if not is_introspecting:
                    raise
                bad.add(key)
        return bad

    def _check(self, owner: GraphQLObjectType, details: list[FieldDetails], depth: int) -> None:
        """Check the arguments of a field and of all fields below it, independent of the rows. Raises for a bad one."""
        name = details[0].node.name.value
        if name.startswith("__"):
            return
        definition = owner.fields[name]
        arguments = get_argument_values(definition, details[0].node, self.variables)
        field = f"{owner.name}.{name}"
        kinds = {name: argument.type for name, argument in definition.args.items()}
        self.reference.used.update(_used_names(field, arguments, kinds))
        check(field, arguments, kinds, self.reference.tables)
        named = get_named_type(definition.type)
        if not is_composite_type(named):
            return
        if depth == MAX_DEPTH:
            raise BadArgument(field)
        possible = [named.name] if is_object_type(named) else _possible_types(field, arguments)
        for type_name in possible:
            self._check_below(self.schema.type_map[type_name], details, depth + 1)

    def _check_below(self, type_: Any, details: list[FieldDetails], depth: int) -> None:
        assert self.node is not None
        selected = collect_subfields(self.schema, self.fragments, self.variables, self.node, type_, details)
        for below in selected.grouped_field_set.values():
            self._check(type_, below, depth)

    def resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        if source is None and info.path.key in self.bad:
            raise BadArgument(info.path.key)
        field = f"{info.parent_type.name}.{info.field_name}"
        self.reference.used.add(field)
        match source:
            case Listing():
                return _connection_field(source, info.field_name, arguments)
            case Edge(cursor, node):
                return cursor if info.field_name == "cursor" else node
            case tuple():
                return getattr(source, snake(info.field_name))
            case _ if (resolver := find_resolver(info)) is not None:
                return resolver(self.reference.tables, source, arguments)
            case _:
                return source[snake(info.field_name)]


def _connection_field(listing: Listing, name: str, arguments: Mapping[str, Any]) -> Any:
    nodes = [View(row, TYPES[row.table], listing.day) for row in listing.page]
    match name:
        case "nodes":
            return nodes
        case "edges":
            return [Edge(listing.cursor(node.row), node) for node in nodes]
        case "pageInfo":
            return listing.page_info()
        case "totalCount":
            return len(listing.rows)
        case "groups":
            return listing.count_groups(arguments["by"])
        case _:
            raise AssertionError(name)


def _possible_types(field: str, arguments: Mapping[str, Any]) -> list[str]:
    """Return the types that an abstract field can have."""
    match field:
        case "Query.node":
            return [type_of(arguments["id"])]
        case "Query.nodes":
            return sorted({type_of(id) for id in arguments["ids"]})
        case "Change.node":
            return sorted(TABLES)
        case "Claim.value":
            return ["Quantity", "TextValue", "DateValue", "NodeValue"]
        case _:
            return [TYPES[table] for table in ONE_OF[field]]


def _type_of(value: Any, *_: Any) -> str:
    match value:
        case Number():
            return "Quantity"
        case Day():
            return "DateValue"
        case _:
            return value.type_name


def _used_names(field: str, arguments: Mapping[str, Any], kinds: Mapping[str, Any]) -> Iterator[str]:
    """Yield the arguments that are given, and the keys of the input objects in them."""
    for name, value in arguments.items():
        yield f"{field}({name})"
        yield from _keys(value, get_named_type(kinds[name]))


def _keys(value: Any, kind: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _keys(item, kind)
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{kind.name}.{key}"
            yield from _keys(item, get_named_type(kind.fields[key].type))


def _set_scalars(types: Mapping[str, Any]) -> None:
    """Let the schema's own scalars parse and serialize the values of the registry."""
    scalars: dict[str, GraphQLScalarType] = {name: types[name] for name in ("Date", "DateTime", "Decimal", "EDTF")}
    for scalar in scalars.values():
        scalar.coerce_output_value = to_json
    scalars["EDTF"].coerce_output_value = lambda value: value.edtf if isinstance(value, Day) else value
    scalars["Date"].coerce_input_value = _date
    scalars["Decimal"].coerce_input_value = _decimal


def _date(value: Any) -> date:
    if not isinstance(value, str):
        raise GraphQLError(f"expected a date, got {value!r}")
    return date.fromisoformat(value)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise GraphQLError(f"expected a decimal, got {value!r}")
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise GraphQLError(f"expected a decimal, got {value!r}") from error
    if not number.is_finite() or abs(number.adjusted()) > 100:
        raise GraphQLError(f"expected a decimal, got {value!r}")
    return number
