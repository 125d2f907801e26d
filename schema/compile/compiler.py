"""The compiler: turns the fields that an operation selects into SQL text that writes their JSON."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any, Final, cast

import strawberry
from graphql import (
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from sqlalchemy import Column, ColumnElement, Dialect, Table, bindparam, inspect
from sqlalchemy.orm import ColumnProperty, CompositeProperty, Mapper, RelationshipProperty
from strawberry.types.field import StrawberryField

from db.sql.types import ExactDecimal, UtcDateTime
from schema.compile.arguments import BoundArguments
from schema.compile.declare import CANONICAL, MODEL, READ, VALUE
from schema.compile.dialect import DIALECTS, Sql, concat, constant, or_null
from schema.compile.field import DEFINITION, Field
from schema.compile.leaf import global_id, leaf
from schema.compile.protocols import Arguments, Checked, FieldCompiler, Reading
from schema.compile.row import Embedded, Row
from schema.compile.source import TODAY, Kinds, Renderer, Source, everything, related, row_id
from schema.compile.where import given

# SQLAlchemy infers the wrong types for parameters with these values.
_TYPES: Final[dict[type, Any]] = {Decimal: ExactDecimal(), datetime: UtcDateTime()}


class Unplannable(Exception):
    """The operation selects a field that the compiler does not support; graphql-core's executor runs it."""


class Graph:
    """The schema, with the table that each GraphQL type shows."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema = schema
        self.core = schema._schema  # pyright: ignore[reportPrivateUsage]
        self.entities: dict[str, Mapper[Any]] = {}
        # The GraphQL types by model, and by the class of a composite value.
        self.types: dict[type, GraphQLObjectType] = {}
        for name, type_ in self.core.type_map.items():
            if not is_object_type(type_) or (origin := self.origin(type_)) is None:
                continue
            if hasattr(origin, CANONICAL):
                model: type = getattr(origin, MODEL)
                self.entities[name], self.types[model] = inspect(model), type_
            if hasattr(origin, VALUE):
                self.types[getattr(origin, VALUE)] = type_
        self._renderers: dict[str, Renderer] = {}

    def renderer(self, dialect: Dialect) -> Renderer:
        """The renderer of SQLAlchemy's expressions for a database; the same one every time."""
        known = self._renderers.get(dialect.name)
        return known or self._renderers.setdefault(dialect.name, Renderer(dialect, self.entities.values()))

    def origin(self, type_: GraphQLNamedType) -> Any:
        """The Python class that declares a GraphQL type, or None."""
        definition = type_.extensions.get(DEFINITION)
        return definition and definition.origin


class Compiler(FieldCompiler):
    """Compiles the selections of one operation with one set of variables."""

    def __init__(
        self,
        graph: Graph,
        dialect: Dialect,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self._graph = graph
        self.entities = graph.entities
        self.dialect = DIALECTS[dialect.name]
        self._renderer = graph.renderer(dialect)
        self._operation = operation
        self._fragments = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
        self._variables = variables
        self._aliases = count()
        # The parameter with the day, if the current root field has `asOf`.
        self._day: str | None = None
        self.bound_arguments: list[BoundArguments] = []
        # The types and the values of the parameters, by name.
        self.kinds: Kinds = {}
        self.values: dict[str, Any] = {}

    def operation(self) -> str:
        """A statement that returns one value: the bytes of the whole response."""
        query = self._graph.core.query_type
        if query is None or self._operation.operation is not OperationType.QUERY:
            raise Unplannable(self._operation.operation.value)
        selected = collect_fields(self._graph.core, self._fragments, self._variables, query, self._operation)
        for details in selected.grouped_field_set.values():
            # Check all fields before reading arguments: otherwise the order of fields decides whether a bad
            # argument refuses the operation.
            if details[0].node.name.value != "__typename":
                self._field(query, details)
        data = self._object(query, selected.grouped_field_set, self._root)
        return self._statement(concat(constant('{"data":'), data, constant("}")))

    def root_field(self, owner: GraphQLObjectType, details: list[FieldDetails]) -> str:
        """A statement that returns one value: the bytes of one root field."""
        return self._statement(self._root(self._field(owner, details)))

    def _root(self, field: Field) -> Sql:
        self._day = None
        text = self._read(None, field)
        return text if self._day is None else str(text).replace(TODAY, self._day)

    def node(self, type_name: str, owner: GraphQLObjectType, details: list[FieldDetails]) -> str:
        """A statement that returns one value: the JSON of an entity, with the fields that the field of `owner` selects.

        The parameter `ROW` is the entity's id.
        """
        return self._statement(self.by_number(type_name, row_id(), self._field(owner, details)))

    def payload(self, type_name: str, model: type, details: list[FieldDetails]) -> str:
        """A statement that returns one value: the row of `model` with the id `ROW`, shown as `type_name`."""
        shown: Any = self._graph.core.type_map[type_name]
        return self._statement(self._row_with_id(inspect(model), row_id(), shown, details))

    def _statement(self, text: Sql) -> str:
        return f"SELECT {self.dialect.bytes(text)}"

    def row(self, mapper: Mapper[Any]) -> Row:
        return Row(mapper, self.alias(), self._renderer)

    def alias(self) -> str:
        return f"t{next(self._aliases)}"

    def subquery(self, row: Row, source: Source) -> str:
        return row.subquery(self._renderer.rows(source, self.kinds))

    def statement(self, source: Source) -> str:
        return self._renderer.statement(source, self.kinds)

    def item(self, row: Row | Embedded, type_: GraphQLObjectType, details: list[FieldDetails]) -> Sql:
        return self._compose(type_, details, lambda field: self._read(row, field))

    def compose(self, field: Field, read: Callable[[Field], Sql]) -> Sql:
        return self._compose(field.type, field.details, read)

    def _compose(self, type_: GraphQLObjectType, details: list[FieldDetails], read: Callable[[Field], Sql]) -> Sql:
        """The JSON object of the fields of `type_` that `details` select; `read` writes each of them."""
        selected = collect_subfields(
            self._graph.core, self._fragments, self._variables, self._operation, type_, details
        )
        return self._object(type_, selected.grouped_field_set, read)

    def _object(
        self, type_: GraphQLObjectType, selected: Mapping[str, list[FieldDetails]], read: Callable[[Field], Sql]
    ) -> Sql:
        pieces: list[Sql] = []
        for key, details in selected.items():
            is_name = details[0].node.name.value == "__typename"
            value = constant(f'"{type_.name}"') if is_name else read(self._field(type_, details))
            pieces += [constant(f'{"," if pieces else "{"}"{key}":'), value]
        return concat(*pieces, constant("}")) if pieces else constant("{}")

    def _field(self, owner: GraphQLObjectType, details: list[FieldDetails]) -> Field:
        name = details[0].node.name.value
        definition = owner.fields.get(name)
        declared: StrawberryField | None = definition and definition.extensions.get(DEFINITION)
        if definition is None or declared is None or declared.extensions:
            raise Unplannable(f"{owner.name}.{name}")
        return Field(owner, definition, declared, details)

    def _read(self, row: Row | Embedded | None, field: Field) -> Sql:
        """The JSON text of a field of a row or of the root; raises `Unplannable` for an unsupported field."""
        reading: Reading | None = field.declared.metadata.get(READ)
        if reading is not None and not isinstance(row, Embedded):
            return reading.text(self, row, field)
        attribute = row and row.attribute(field.name)
        if row is None or attribute is None or field.declared.base_resolver is not None:
            raise Unplannable(f"{field.owner.name}.{field.declared.name}")
        return self._attribute(row, attribute, field)

    def _attribute(self, row: Row | Embedded, attribute: Any, field: Field) -> Sql:
        """The JSON text of a model's attribute: a column, a composite value or a relationship."""
        match attribute:
            case ColumnProperty():
                return self._column(row, attribute, field)
            case CompositeProperty():
                return self._composite(row, attribute, field)
            case RelationshipProperty() if isinstance(row, Row):
                return self._reference(row, attribute, field)
            case _:
                raise Unplannable(f"{field.owner.name}: {attribute}")

    def _reference(self, row: Row, reference: RelationshipProperty[Any], field: Field) -> Sql:
        joined = row.join(reference, self.alias())
        if joined is None:
            return self.rows(self._related(row, reference), field)
        item = self.item(joined, self._shown(reference.mapper, field), field.details)
        [(local, remote)] = reference.local_remote_pairs or []
        # A NOT NULL foreign key always leads to a row. Leaving out the check makes a page of 100 rows a third faster.
        return self.choice([(f"{joined.of(remote)} IS NOT NULL", item)]) if local.nullable else item

    def _shown(self, mapper: Mapper[Any], field: Field) -> GraphQLObjectType:
        """The object type for the rows of a field: its own type, or the mapper's if its own is an interface."""
        named = get_named_type(field.definition.type)
        return named if is_object_type(named) else self._graph.types[mapper.class_]

    def _column(self, row: Row | Embedded, attribute: ColumnProperty[Any], field: Field | None) -> Sql:
        expression = attribute.columns[0]
        column = row.column(attribute)
        # Concatenating NULL makes the whole text NULL, so a column without NOT NULL needs a coalesce.
        nullable = not isinstance(expression, Column) or bool(expression.nullable)
        named = field and get_named_type(field.definition.type)
        if field and named and named.name == "ID" and not is_list_type(_nullable(field.definition.type)):
            return global_id(field.declared.metadata.get("node", field.owner.name), column, nullable)
        return leaf(column, expression.type, nullable, self.dialect)

    def _composite(self, row: Row | Embedded, composite: CompositeProperty[Any], field: Field) -> Sql:
        if is_leaf_type(field.type):
            # A scalar field shows the first column of a composite, such as the EDTF of a date.
            return self._column(row, cast("ColumnProperty[Any]", composite.props[0]), None)
        return self.choice([self._embedded(row, composite, field.details)])

    def _embedded(
        self, row: Row | Embedded, composite: CompositeProperty[Any], details: list[FieldDetails]
    ) -> tuple[str, Sql]:
        value = Embedded(row, composite)
        type_ = self._graph.types[composite.info["value"]]
        # The first required attribute tells whether there is a value.
        required = next(
            value.attribute(definition.extensions[DEFINITION].python_name)
            for definition in type_.fields.values()
            if is_non_null_type(definition.type)
        )
        present = f"{row.column(required)} IS NOT NULL"
        return present, self.item(value, type_, details)

    def variant(self, row: Row, shown: str, when: str | None, field: Field) -> tuple[str, Sql]:
        attribute = row.attribute(shown)
        match attribute:
            case RelationshipProperty():
                there = " AND ".join(f"{row.of(column)} IS NOT NULL" for column in attribute.local_columns)
                return there if when is None else when, self.rows(self._related(row, attribute), field)
            case CompositeProperty():
                present, text = self._embedded(row, attribute, field.details)
                return present if when is None else when, text
            case _:
                type_: Any = self._graph.core.type_map[shown]
                assert when is not None, f"expected a condition for {shown}, got none"
                return when, self.item(row, type_, field.details)

    def choice(self, variants: Iterable[tuple[str, Sql]]) -> str:
        cases = " ".join(f"WHEN {when} THEN {text}" for when, text in variants)
        return f"CASE {cases} ELSE 'null' END"

    def by_number(self, type_name: str, number: Any, field: Field) -> str:
        mapper = self._graph.entities[type_name]
        return self._row_with_id(mapper, number, self._graph.types[mapper.class_], field.details)

    def _row_with_id(self, mapper: Mapper[Any], id: Any, type_: GraphQLObjectType, details: list[FieldDetails]) -> str:
        every = everything(mapper)
        row = self.row(mapper)
        item = self.item(row, type_, details)
        return self._one(item, self.subquery(row, every.but(every.statement.where(mapper.primary_key[0] == id))))

    def _related(self, row: Row, reference: RelationshipProperty[Any]) -> Source:
        """The rows at the other end of a row's relationship."""
        return related(reference, row, dated=self._day is not None)

    def origin(self, row: Row | None, field: Field, of: str | None, type_: GraphQLObjectType) -> Source:
        if row is None:
            return everything(inspect(getattr(self._graph.origin(type_), MODEL)))
        return self._related(row, row.attribute(of or field.name))

    def rows(self, source: Source, field: Field, show: str | None = None) -> Sql:
        row = self.row(source.mapper)
        if show is not None:
            item = self._attribute(row, row.attribute(show), field)
        else:
            item = self.item(row, self._shown(source.mapper, field), field.details)
        rows = self.subquery(row, source)
        return self.list(item, rows) if is_list_type(_nullable(field.definition.type)) else self._one(item, rows)

    def _one(self, item: Sql, rows: str) -> str:
        """The item of a subquery with at most one row; null if it is empty."""
        return or_null(f"(SELECT {item} FROM {rows})")

    def list(self, item: Sql, rows: str) -> Sql:
        joined = f"coalesce((SELECT {self.dialect.join(item)} FROM {rows}), '')"
        return concat(constant("["), joined, constant("]"))

    def arguments(self, field: Field, checked: Checked) -> Arguments:
        if not field.definition.args:
            return {}
        bound = BoundArguments(
            self._graph.schema, f"a{len(self.bound_arguments)}", field, checked.check, self._variables
        )
        self.bound_arguments.append(bound)
        arguments = bound.bind_all(self._parameter)
        if given(arguments.get("as_of")):
            self._day = self.expression(arguments["as_of"])
        return arguments

    def expression(self, expression: ColumnElement[Any], table: Table | None = None) -> str:
        return self._renderer.expression(expression, self.kinds, table)

    def _parameter(self, name: str, value: Any) -> Any:
        self.values[name] = value
        return bindparam(name, value, type_=_TYPES.get(type(value)))


def _nullable(type_: Any) -> Any:
    return type_.of_type if is_non_null_type(type_) else type_
