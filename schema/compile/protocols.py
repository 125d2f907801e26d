"""What the compiler and the declared fields may use of each other.

A declared field (`schema.compile.declare`, `schema.compile.page`, and others in `schema/`) depends on this module and
not on the compiler, so the compiler can import the declarations.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetails
from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import Mapper

from schema.compile.dialect import JsonDialect, Sql
from schema.compile.field import Field
from schema.compile.row import Row
from schema.compile.source import Source

Arguments = dict[str, Any]


class Checked(Protocol):
    """A declaration with a check of its arguments."""

    @property
    def check(self) -> Callable[[Arguments], Arguments]:
        """Returns the arguments to bind. Runs for every request; raises `GraphQLError` for bad arguments."""
        ...


class Reading(Protocol):
    """The declaration of what a compiled field reads."""

    def text(self, compiler: "FieldCompiler", row: Row | None, field: Field) -> Sql:
        """The JSON text of the field's value for a row, or for the operation's root."""
        ...


class FieldCompiler(Protocol):
    """The part of the compiler that a declared field may use while it writes its SQL.

    Texts are JSON unless a member says otherwise. They raise `Unplannable` for a selected field without a plan.
    """

    # The functions by which the database writes JSON values.
    dialect: JsonDialect
    # The names of the GraphQL types that are the main type of a table.
    entities: Collection[str]

    def arguments(self, field: Field, checked: Checked) -> Arguments:
        """The field's arguments; each scalar in them is a bind parameter with the current value."""
        ...

    def origin(self, row: Row | None, field: Field, of: str | None, type_: GraphQLObjectType) -> Source:
        """The rows that a field starts from: those of a relationship, or at the root the whole table of `type_`.

        `of` names the relationship; by default it has the field's name.
        """
        ...

    def rows(self, source: Source, field: Field, show: str | None = None) -> Sql:
        """A source's rows: a list for a list field, otherwise the one row or null.

        `show` names an attribute to show instead of the row.
        """
        ...

    def by_number(self, type_name: str, number: Any, field: Field) -> str:
        """The entity's row with this number; null if there is none."""
        ...

    def item(self, row: Row, type_: GraphQLObjectType, details: list[FieldDetails]) -> Sql:
        """The object of a row, shown as `type_`."""
        ...

    def compose(self, field: Field, read: Callable[[Field], Sql]) -> Sql:
        """The object of the fields that the operation selects below `field`; `read` writes each of them."""
        ...

    def variant(self, row: Row, shown: str, when: str | None, field: Field) -> tuple[str, Sql]:
        """The SQL condition and the text of one variant of an abstract field.

        `shown` names a relationship, a composite, or a GraphQL type that shows the same row. Without the condition
        `when`, the variant applies if what it shows is not null.
        """
        ...

    def choice(self, variants: Iterable[tuple[str, Sql]]) -> str:
        """The text of the first variant whose condition holds; null if none holds."""
        ...

    def list(self, item: Sql, rows: str) -> Sql:
        """The array of the items of a subquery, in the order of its rows."""
        ...

    def row(self, mapper: Mapper[Any]) -> Row:
        """A row of the mapper's table, with a new alias."""
        ...

    def alias(self) -> str:
        """A new alias, unique in the statement."""
        ...

    def subquery(self, row: Row, source: Source) -> str:
        """The SQL of a subquery of the source's rows, with the row's alias.

        It selects only the columns that texts have asked the row for: write those texts first.
        """
        ...

    def statement(self, source: Source) -> str:
        """The SQL of the source's statement, with its own columns."""
        ...

    def expression(self, expression: ColumnElement[Any], table: Table | None = None) -> str:
        """The SQL of an expression, over a row of `table` if one is given."""
        ...
