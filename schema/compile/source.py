"""The rows that a subquery starts from: SQLAlchemy selects, rendered as text with marked names for parameters."""

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    FromClause,
    Label,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty
from sqlalchemy.sql.util import ClauseAdapter

# The name of the parameter for the row's id, in a plan that shows one row.
ROW: Final = "row"

# The types of a statement's parameters, by name.
Kinds = dict[str, Any]

# Stands for the day as of which a statement reads: today, unless the root field has `asOf`.
TODAY: Final = "\0today\0"
# These stand for a column of the parent row, for the joins of a subquery, for the name of an expression's table, and
# for a position to search for. No client text in the SQL can contain these characters.
_PARENT: Final = re.compile("\1(.*?)\1")
JOINS: Final = "\2"
_TABLE: Final = "\3"
_HERE: Final = "\4"


def row_id() -> Any:
    """The parameter `ROW`."""
    return bindparam(ROW, type_=BigInteger())


def marked(name: str) -> str:
    """The mark of a parameter. The plan replaces it by a placeholder once the whole statement is complete."""
    return f"\0{name}\0"


class Columns(Protocol):
    """A row in scope."""

    def __getitem__(self, key: str) -> str:
        """The SQL text that refers to a column from outside the row's subquery."""
        ...


@dataclass(frozen=True)
class Source:
    """Rows of a mapper's table, in the scope of the row `parent`.

    `origin` is a cache key of the statement's text; None if the text may differ.
    """

    mapper: Mapper[Any]
    statement: Select[Any]
    parent: Columns | None = None
    origin: Hashable = None

    def refined(self, refine: Callable[..., Any], arguments: dict[str, Any]) -> "Source":
        origin = None if arguments or self.origin is None else (self.origin, refine)
        return replace(self, statement=refine(self.statement, **arguments), origin=origin)

    def but(self, statement: Select[Any]) -> "Source":
        """The source with another statement in the same scope."""
        return replace(self, statement=statement, origin=None)


def table_of(mapper: Mapper[Any]) -> Table:
    table = mapper.local_table
    assert isinstance(table, Table)
    return table


def everything(mapper: Mapper[Any]) -> Source:
    """All rows of a mapper's table."""
    table = table_of(mapper)
    return Source(mapper, select().select_from(table).with_hint(table, JOINS), origin=mapper)


def related(reference: RelationshipProperty[Any], parent: Columns | None, *, dated: bool) -> Source:
    """The rows at the other end of a relationship, in its order; `dated` keeps only rows that are valid on the day."""
    return replace(_related(reference, dated), parent=parent)


@cache
def _related(reference: RelationshipProperty[Any], dated: bool) -> Source:
    mapper = reference.mapper
    target = table_of(mapper)
    statement = select().select_from(target).with_hint(target, JOINS)
    if reference.secondary is None:
        for local, remote in reference.local_remote_pairs or ():
            statement = statement.where(remote == _of_parent(reference, local))
    else:
        statement = select().select_from(target.join(reference.secondary, reference.secondaryjoin))
        statement = statement.with_hint(target, JOINS)
        for local, remote in reference.synchronize_pairs:
            statement = statement.where(remote == _of_parent(reference, local))
    if dated and reference.uselist:
        statement = statement.where(*validity(target))
    if reference.order_by:
        statement = statement.order_by(*reference.order_by)
    return Source(mapper, statement, origin=(reference, dated))


def _of_parent(reference: RelationshipProperty[Any], column: Any) -> ColumnElement[Any]:
    key = reference.parent.get_property_by_column(column).key
    return literal_column(f"\1{key}\1", column.type)


def validity(table: Table) -> list[ColumnElement[bool]]:
    """The conditions for rows that may be valid on the day. A partial date covers each day that it may mean."""
    days = func.current_date()
    for first, last in (("start_earliest", "end_latest"), ("valid_during_earliest", "valid_during_latest")):
        if first in table.c and last in table.c:
            begin, end = table.c[first], table.c[last]
            return [or_(begin.is_(None), begin <= days), or_(end.is_(None), end >= days)]
    return []


class Renderer:
    """Writes SQLAlchemy's expressions in one database's SQL, and caches those that never change.

    It renders the mappers' columns and relationships when it is created, so that the first query does not wait.
    """

    def __init__(self, dialect: Dialect, mappers: Iterable[Mapper[Any]] = ()) -> None:
        self._dialect: Any = type(dialect)(paramstyle="named")  # pyright: ignore[reportCallIssue]
        self._dialect.statement_compiler = _marking(dialect.statement_compiler)
        self._rows: dict[Hashable, str] = {}
        self._columns: dict[ColumnElement[Any], str] = {}
        for mapper in mappers:
            for attribute in mapper.column_attrs:
                self.column(attribute)
            for reference in mapper.relationships:
                self._template(related(reference, None, dated=False), {})

    def rows(self, source: Source, kinds: Kinds) -> str:
        """The source's statement from its FROM on. Adds the types of its parameters to `kinds`."""
        return self._within(source.parent, self._template(source, kinds))

    def _template(self, source: Source, kinds: Kinds) -> str:
        text = self._rows.get(source.origin) if source.origin is not None else None
        if text is None:
            whole = self._text(source.statement.with_only_columns(literal_column(_HERE)), kinds)
            text = whole.partition(_HERE)[2].strip()
            if source.origin is not None:
                self._rows[source.origin] = text
        return text

    def _within(self, parent: Columns | None, text: str) -> str:
        return text if parent is None else _PARENT.sub(lambda mark: parent[mark[1]], text)

    def column(self, attribute: ColumnProperty[Any], name: str | None = None) -> str:
        """A mapped column, or the expression that the mapper maps. `name` is the table's alias, if it has one."""
        expression = attribute.columns[0]
        template = self._columns.get(expression)
        if template is None:
            template = self._columns[expression] = self._column(expression, table_of(attribute.parent))
        return template.replace(_TABLE, name or self.name(attribute.parent))

    def name(self, mapper: Mapper[Any]) -> str:
        return self._dialect.identifier_preparer.format_table(table_of(mapper))

    def _column(self, expression: ColumnElement[Any], table: Table) -> str:
        if isinstance(expression, Column):
            return f"{_TABLE}.{self._dialect.identifier_preparer.format_column(expression)}"
        renamed = table.alias(_TABLE)
        text = self.expression(ClauseAdapter(renamed).traverse(expression), {}, renamed)
        return text.replace(f'"{_TABLE}"', _TABLE)

    def expression(self, expression: ColumnElement[Any], kinds: Kinds, table: FromClause | None = None) -> str:
        """The text of an expression, over a row of `table` if one is given."""
        bare: Any = expression.element if isinstance(expression, Label) else expression
        statement = select(bare.label(_HERE))
        whole = self._text(statement if table is None else statement.select_from(table), kinds)
        return whole.partition(f' AS "{_HERE}"')[0].removeprefix("SELECT ")

    def statement(self, source: Source, kinds: Kinds) -> str:
        """The source's statement, with its own columns."""
        return self._within(source.parent, self._text(source.statement, kinds).replace(JOINS, ""))

    def _text(self, statement: Select[Any], kinds: Kinds) -> str:
        compiled = statement.compile(dialect=self._dialect)
        kinds.update((name, bind.type) for name, bind in compiled.binds.items() if not bind.unique)
        return compiled.string


def _marking(compiler: Any) -> Any:
    """A dialect's compiler that marks named parameters and the day, and writes constants in the code as literals."""

    class Marking(compiler):
        def visit_bindparam(self, bindparam: Any, **options: Any) -> str:
            return super().visit_bindparam(bindparam, **options | {"literal_binds": bindparam.unique})

        def bindparam_string(self, name: str, **options: Any) -> str:
            return super().bindparam_string(name, **options).replace(f":{name}", marked(name), 1)

        def format_from_hint_text(self, sqltext: str, table: Any, hint: str, iscrud: bool) -> str:
            return sqltext + hint

        def limit_clause(self, select: Any, **options: Any) -> str:
            limit, offset = select._limit_clause, select._offset_clause
            text = f"\n LIMIT {self.process(limit, **options)}"
            # If a limit is a bare parameter, SQLite prepares the statement again for every value.
            text += " + 0" if "\0" in text else ""
            return text if offset is None else f"{text} OFFSET {self.process(offset, **options)}"

        def visit_current_date_func(self, _function: Any, **_options: Any) -> str:
            return TODAY

    return Marking
