"""The compiler: a selection of fields over declared types becomes the SQL text of its JSON."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from itertools import count
from typing import Any, NamedTuple, cast

import strawberry
from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
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
from sqlalchemy import Column, Select, and_, bindparam, case, func, inspect, literal_column, select
from sqlalchemy.orm import ColumnProperty, CompositeProperty, Mapper, RelationshipProperty
from sqlalchemy.sql import Subquery
from strawberry.types.field import StrawberryField

from schema.compile.arguments import convert, walk
from schema.compile.declare import CANONICAL, MODEL, READ, VALUE, Checked, Reading, Variant
from schema.compile.dialect import JsonDialect, Sql, concat, constant, or_null
from schema.compile.leaf import global_id, leaf
from schema.identity import GlobalId

DEFINITION = "strawberry-definition"

# What SQLite's limit on the depth of an expression and SQLAlchemy's recursion leave room for, with some to spare.
MAX_DEPTH = 15


class Unplannable(Exception):
    """The operation has a field that isn't declared for the compiler; the ordinary executor takes it."""


class Field(NamedTuple):
    """A field of an object type as one operation selects it."""

    owner: GraphQLObjectType
    definition: GraphQLField
    declared: StrawberryField
    details: list[FieldDetails]


class Argued(NamedTuple):
    """A field whose arguments are bound under `prefix`."""

    prefix: str
    field: Field
    check: Callable[[dict[str, Any]], dict[str, Any]]


class Graph:
    """The schema as the compiler sees it: which GraphQL type shows which table."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema = schema
        self.core = schema._schema  # pyright: ignore[reportPrivateUsage]
        self.entities: dict[str, Mapper[Any]] = {}
        # What shows the rows of a model, and what shows the values of a composite's class.
        self.types: dict[type, GraphQLObjectType] = {}
        for name, type_ in self.core.type_map.items():
            if not is_object_type(type_) or (origin := self.origin(type_)) is None:
                continue
            if hasattr(origin, CANONICAL):
                model: type = getattr(origin, MODEL)
                self.entities[name], self.types[model] = inspect(model), type_
            if hasattr(origin, VALUE):
                self.types[getattr(origin, VALUE)] = type_

    def origin(self, type_: GraphQLNamedType) -> Any:
        """The Python class that declares a GraphQL type, or None."""
        definition = type_.extensions.get(DEFINITION)
        return definition and definition.origin


class Row:
    """A row in scope, under an alias: naming one of its columns brings the column into the subquery beneath."""

    def __init__(self, mapper: Mapper[Any], alias: str) -> None:
        self.mapper = mapper
        self.alias = alias
        self.columns: dict[str, Sql] = {}

    def __getitem__(self, key: str) -> Sql:
        return self.column(self.mapper.attrs[key].columns[0], key)

    def column(self, expression: Sql, key: str) -> Sql:
        # A plain name and not a column of the subquery, which can be made only when all its columns are known.
        self.columns.setdefault(key, expression)
        return literal_column(f'{self.alias}."{key}"', expression.type)

    def attribute(self, name: str) -> Any:
        return self.mapper.attrs.get(name)

    def of(self, column: Sql) -> Sql:
        return self[self.mapper.get_property_by_column(cast("Column[Any]", column)).key]

    def related(self, reference: RelationshipProperty[Any]) -> Select[Any]:
        """The rows at the other end of a relationship of this row, in the relationship's order."""
        target = reference.mapper.local_table
        statement = select(target)
        if reference.secondary is None:
            for local, remote in reference.local_remote_pairs or ():
                statement = statement.where(remote == self.of(local))
        else:
            link = reference.secondary
            far = and_(*(there == here for there, here in reference.secondary_synchronize_pairs or ()))
            statement = statement.join(link, far)
            for local, here in reference.synchronize_pairs:
                statement = statement.where(here == self.of(local))
        return statement.order_by(*reference.order_by) if reference.order_by else statement

    def subquery(self, statement: Select[Any]) -> Subquery:
        """The statement with just the columns that were named."""
        if not self.columns:
            self.of(self.mapper.primary_key[0])
        columns = [expression.label(key) for key, expression in self.columns.items()]
        return statement.with_only_columns(*columns, maintain_column_froms=True).subquery(self.alias)


class Embedded:
    """A composite value of a row: its attributes are some of the row's columns."""

    def __init__(self, row: "Row | Embedded", composite: CompositeProperty[Any]) -> None:
        self.row = row
        names = (field.name for field in fields(composite.info["value"]))
        self.attributes = dict(zip(names, composite.props, strict=True))

    def attribute(self, name: str) -> Any:
        return self.attributes.get(name)

    def column(self, expression: Sql, key: str) -> Sql:
        return self.row.column(expression, key)


class Compiler:
    """Compiles the selections of one operation, with the values that its variables have now."""

    def __init__(
        self,
        graph: Graph,
        dialect: JsonDialect,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self.graph = graph
        self.dialect = dialect
        self._operation = operation
        self._fragments = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
        self._variables = variables
        self._aliases = count()
        self._depth = 0
        self.argued: list[Argued] = []

    def operation(self) -> Select[Any]:
        """A statement of one row and column: the bytes of the whole response."""
        query = self.graph.core.query_type
        if query is None or self._operation.operation is not OperationType.QUERY:
            raise Unplannable(self._operation.operation.value)
        selected = collect_fields(self.graph.core, self._fragments, self._variables, query, self._operation)
        data = self._object(query, selected.grouped_field_set, lambda field: self.read(None, field))
        return self._statement(concat(['{"data":', data, "}"]))

    def root_field(self, owner: GraphQLObjectType, details: list[FieldDetails]) -> Select[Any]:
        """A statement of one row and column: the bytes of one root field's value."""
        return self._statement(self.read(None, self._field(owner, details)))

    def node(self, id: GlobalId, owner: GraphQLObjectType, details: list[FieldDetails]) -> Select[Any]:
        """A statement of one row and column: the bytes of the row with this id, as one field of `owner` shows it."""
        return self._statement(self.by_number(id.type_name, id.number, self._field(owner, details)))

    def payload(self, statement: Select[Any], type_: GraphQLObjectType, details: list[FieldDetails]) -> Select[Any]:
        """A statement of one row and column: the bytes of the one row of `statement`, shown as `type_`."""
        row = self.row(inspect(getattr(self.graph.origin(type_), MODEL)))
        item = self.item(row, type_, details)
        return self._statement(or_null(select(item).select_from(row.subquery(statement)).scalar_subquery()))

    def _statement(self, text: Sql) -> Select[Any]:
        return select(self.dialect.bytes(text))

    def row(self, mapper: Mapper[Any]) -> Row:
        return Row(mapper, self.alias())

    def alias(self) -> str:
        """A name that no other subquery of the statement has."""
        return f"t{next(self._aliases)}"

    def item(self, row: Row | Embedded, type_: GraphQLObjectType, details: list[FieldDetails]) -> Sql:
        """The JSON object of a row, shown as `type_`."""
        return self.compose(type_, details, lambda field: self.read(row, field))

    def compose(self, type_: GraphQLObjectType, details: list[FieldDetails], read: Callable[[Field], Sql]) -> Sql:
        """The JSON object of the fields that `details` select of `type_`, each of them as `read` writes it."""
        if self._depth == MAX_DEPTH:
            raise GraphQLError(f"fields may be nested {MAX_DEPTH} deep, got more", details[0].node)
        selected = collect_subfields(self.graph.core, self._fragments, self._variables, self._operation, type_, details)
        self._depth += 1
        try:
            return self._object(type_, selected.grouped_field_set, read)
        finally:
            self._depth -= 1

    def _object(
        self, type_: GraphQLObjectType, selected: Mapping[str, list[FieldDetails]], read: Callable[[Field], Sql]
    ) -> Sql:
        pieces: list[str | Sql] = []
        for key, details in selected.items():
            is_name = details[0].node.name.value == "__typename"
            value = f'"{type_.name}"' if is_name else read(self._field(type_, details))
            pieces += ["," if pieces else "{", f'"{key}":', value]
        return concat([*pieces, "}"] if pieces else ["{}"])

    def _field(self, owner: GraphQLObjectType, details: list[FieldDetails]) -> Field:
        name = details[0].node.name.value
        definition = owner.fields.get(name)
        declared: StrawberryField | None = definition and definition.extensions.get(DEFINITION)
        if definition is None or declared is None or declared.extensions:
            raise Unplannable(f"{owner.name}.{name}")
        return Field(owner, definition, declared, details)

    def read(self, row: Row | Embedded | None, field: Field) -> Sql:
        """The JSON text of a field of a row, or of the root; raises `Unplannable` for a field that isn't declared."""
        reading: Reading | None = field.declared.metadata.get(READ)
        if reading is not None and not isinstance(row, Embedded):
            return reading.text(self, row, field)
        attribute = row and row.attribute(field.declared.python_name)
        if row is None or attribute is None or field.declared.base_resolver is not None:
            raise Unplannable(f"{field.owner.name}.{field.declared.name}")
        return self.attribute(row, attribute, field)

    def attribute(self, row: Row | Embedded, attribute: Any, field: Field) -> Sql:
        """The JSON text of a model's attribute: a column, a composite value or a relationship."""
        match attribute:
            case ColumnProperty():
                return self._column(row, attribute, field)
            case CompositeProperty():
                return self._composite(row, attribute, field)
            case RelationshipProperty() if isinstance(row, Row):
                return self.rows(attribute.mapper, row.related(attribute), field)
            case _:
                raise Unplannable(f"{field.owner.name}: {attribute}")

    def _column(self, row: Row | Embedded, attribute: ColumnProperty[Any], field: Field | None) -> Sql:
        expression = attribute.columns[0]
        column = row.column(expression, attribute.key)
        # A database without a NOT NULL could hold a null, which would swallow all the text around it.
        nullable = not isinstance(expression, Column) or bool(expression.nullable)
        named = field and get_named_type(field.definition.type)
        if field and named and named.name == "ID" and not is_list_type(_nullable(field.definition.type)):
            return global_id(field.declared.metadata.get("node", field.owner.name), column, nullable)
        return leaf(column, nullable, self.dialect)

    def _composite(self, row: Row | Embedded, composite: CompositeProperty[Any], field: Field) -> Sql:
        if is_leaf_type(self.named(field)):
            # A composite shown as a scalar is its first column, such as a date's EDTF.
            return self._column(row, cast("ColumnProperty[Any]", composite.props[0]), None)
        return self.choice([self._embedded(row, composite, field.details)])

    def _embedded(
        self, row: Row | Embedded, composite: CompositeProperty[Any], details: list[FieldDetails]
    ) -> tuple[Sql, Sql]:
        value = Embedded(row, composite)
        type_ = self.graph.types[composite.info["value"]]
        # There is a value where the first attribute that every value must have is there.
        required = next(
            value.attribute(definition.extensions[DEFINITION].python_name)
            for definition in type_.fields.values()
            if is_non_null_type(definition.type)
        )
        present = row.column(required.columns[0], required.key).is_not(None)
        return present, self.item(value, type_, details)

    def variant(self, row: Row, variant: Variant, field: Field) -> tuple[Sql, Sql]:
        """When a variant of an abstract field applies, and its text then."""
        attribute = row.attribute(variant.attribute)
        when = None if variant.when is None else row[variant.when] == constant(variant.equals)
        match attribute:
            case RelationshipProperty():
                there = and_(*(row.of(column).is_not(None) for column in attribute.local_columns))
                return there if when is None else when, self.rows(attribute.mapper, row.related(attribute), field)
            case CompositeProperty():
                present, text = self._embedded(row, attribute, field.details)
                return present if when is None else when, text
            case _:
                shown: Any = self.graph.core.type_map[variant.attribute]
                assert when is not None, f"what says that the row is to be shown as {variant.attribute}?"
                return when, self.item(row, shown, field.details)

    def choice(self, variants: Iterable[tuple[Sql, Sql]]) -> Sql:
        """The text of the first variant whose condition holds, or null."""
        return case(*variants, else_=constant("null"))

    def by_number(self, type_name: str, number: Any, field: Field) -> Sql:
        """The text of the row of that entity with that number, or null."""
        mapper = self.graph.entities[type_name]
        statement = select(mapper.local_table).where(mapper.primary_key[0] == number)
        row = self.row(mapper)
        item = self.item(row, self.graph.types[mapper.class_], field.details)
        return or_null(select(item).select_from(row.subquery(statement)).scalar_subquery())

    def origin(
        self, row: Row | None, field: Field, of: str | None, type_: GraphQLObjectType
    ) -> tuple[Mapper[Any], Select[Any]]:
        """The rows that a field starts from: a relationship's, or at the root the whole table that `type_` shows."""
        if row is None:
            mapper: Mapper[Any] = inspect(getattr(self.graph.origin(type_), MODEL))
            return mapper, select(mapper.local_table)
        reference: RelationshipProperty[Any] = row.attribute(of or field.declared.python_name)
        return reference.mapper, row.related(reference)

    def named(self, field: Field) -> GraphQLObjectType:
        return get_named_type(field.definition.type)  # pyright: ignore[reportReturnType]

    def rows(self, mapper: Mapper[Any], statement: Select[Any], field: Field, show: str | None = None) -> Sql:
        """The JSON text of a statement's rows: a list, or the one row or null, as the field's type says."""
        row = self.row(mapper)
        if show is not None:
            item = self.attribute(row, row.attribute(show), field)
        else:
            named = get_named_type(field.definition.type)
            shown = named if is_object_type(named) else self.graph.types[mapper.class_]
            item = self.item(row, shown, field.details)
        source = row.subquery(statement)
        if is_list_type(_nullable(field.definition.type)):
            return self.list(item, source)
        return or_null(select(item).select_from(source).scalar_subquery())

    def list(self, item: Sql, source: Subquery) -> Sql:
        """The JSON array of an item for each row of a subquery, in its order."""
        joined = select(self.dialect.join(item)).select_from(source).scalar_subquery()
        return concat(["[", func.coalesce(joined, constant("")), "]"])

    def arguments(self, field: Field, checked: Checked) -> dict[str, Any]:
        """The field's arguments, each scalar in them a bind parameter that has its present value."""
        if not field.definition.args:
            return {}
        prefix = f"a{len(self.argued)}"
        self.argued.append(Argued(prefix, field, checked.check))
        return bound(self.graph, self.argued[-1], self._variables, bindparam)


def bound(graph: Graph, argued: Argued, variables: VariableValues, bind: Any) -> dict[str, Any]:
    """The arguments of a field with `bind(name, value)` called for each scalar in them; raises `GraphQLError`."""
    field = argued.field
    given = convert(graph.schema, field.definition, field.declared, field.details[0], variables)
    kinds = {argument.python_name: argument.type for argument in field.declared.arguments}
    return {
        name: walk(value, kinds.get(name), f"{argued.prefix}_{name}", bind)
        for name, value in argued.check(given).items()
    }


def _nullable(type_: Any) -> Any:
    return type_.of_type if is_non_null_type(type_) else type_
