"""The SQL of one page of one list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType
from sqlalchemy import ColumnElement, Select, not_

from schema.compile.cursor import encode_cursor
from schema.compile.dialect import Sql, constant, or_null, text_of
from schema.compile.field import Field
from schema.compile.leaf import leaf
from schema.compile.order import Key, beyond
from schema.compile.protocols import FieldCompiler
from schema.compile.row import Row
from schema.compile.source import Source, table_of


@dataclass(frozen=True)
class Listing:
    """One page of one list. Its methods write the parts of the connection.

    The page has the first `size` rows between two cursors, or the last ones if `backwards`.
    """

    compiler: FieldCompiler
    node: GraphQLObjectType
    whole: Source
    keys: Sequence[Key]
    size: Any
    backwards: bool
    after: Sequence[Any] | None
    before: Sequence[Any] | None

    def nodes(self, field: Field) -> Sql:
        row = self._row()
        return self.compiler.list(self.compiler.item(row, self.node, field.details), self._page(row))

    def edges(self, field: Field) -> Sql:
        row = self._row()
        item = self.compiler.compose(field, lambda part: self._edge(row, part))
        return self.compiler.list(item, self._page(row))

    def page_info(self, field: Field) -> Sql:
        parts: dict[str, Callable[[], Sql]] = {
            "has_next_page": lambda: self._has_more(at_the_end=True),
            "has_previous_page": lambda: self._has_more(at_the_end=False),
            "start_cursor": lambda: self._cursor_at(the_end=False),
            "end_cursor": lambda: self._cursor_at(the_end=True),
        }
        return self.compiler.compose(field, lambda part: parts[part.name]())

    def total_count(self, _field: Field) -> Sql:
        return text_of(f"(SELECT count(*) FROM {self.compiler.subquery(self._row(), self.whole)})")

    def _row(self) -> Row:
        return self.compiler.row(self.whole.mapper)

    def _between(self) -> Select[Any]:
        """The rows between the two cursors."""
        rows = self.whole.statement
        for bound, backwards in ((self.after, False), (self.before, True)):
            if bound is not None:
                rows = rows.where(beyond(self.keys, bound, backwards=backwards))
        return rows

    def _taken(self) -> Select[Any]:
        order = (key.order(backwards=self.backwards) for key in self.keys)
        return self._between().order_by(*order).limit(self.size)

    def _page(self, row: Row) -> str:
        order = f" {self._order(row, backwards=False)}" if self.backwards else ""
        taken = self.compiler.subquery(row, self.whole.but(self._taken()))
        # The subquery finds the last rows in reverse order; restore the list's order.
        return f"(SELECT * FROM {taken}{order}) AS {row.alias}" if self.backwards else taken

    def _order(self, row: Row, *, backwards: bool) -> str:
        """The ORDER BY clause of a page's rows: the list's order, or its reverse if `backwards`."""
        columns = (
            self._named(row, f"order{index}", key.sort_key(key.expression)) for index, key in enumerate(self.keys)
        )
        directions = ("DESC" if key.descending != backwards else "ASC" for key in self.keys)
        return "ORDER BY " + ", ".join(map(" ".join, zip(columns, directions, strict=True)))

    def _named(self, row: Row, name: str, expression: ColumnElement[Any]) -> str:
        return row.added(name, self.compiler.expression(expression, table_of(row.mapper)))

    def _has_more(self, *, at_the_end: bool) -> Sql:
        """Whether the list has items after the page, or before it; items beyond a cursor count too."""
        bound = self.before if at_the_end else self.after
        found: list[Select[Any]] = []
        if bound is not None:
            found.append(self.whole.statement.where(not_(beyond(self.keys, bound, backwards=at_the_end))))
        if at_the_end != self.backwards:
            found.append(self._taken().limit(1).offset(self.size))
        exist = " OR ".join(
            f"EXISTS (SELECT 1 FROM {self.compiler.subquery(self._row(), self.whole.but(rows))})" for rows in found
        )
        return f"CASE WHEN {exist} THEN 'true' ELSE 'false' END" if exist else constant("false")

    def _edge(self, row: Row, part: Field) -> Sql:
        if part.name == "cursor":
            return self._cursor(row)
        return self.compiler.item(row, self.node, part.details)

    def _cursor(self, row: Row) -> Sql:
        dialect = self.compiler.dialect
        values = (
            leaf(self._named(row, f"key{index}", key.expression), key.expression.type, False, dialect)
            for index, key in enumerate(self.keys)
        )
        return encode_cursor(values, dialect)

    def _cursor_at(self, *, the_end: bool) -> Sql:
        row = self._row()
        cursor, order = self._cursor(row), self._order(row, backwards=the_end)
        page = self.compiler.subquery(row, self.whole.but(self._taken()))
        return or_null(f"(SELECT {cursor} FROM {page} {order} LIMIT 1)")
