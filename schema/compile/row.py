"""Rows in scope. A subquery selects only the columns that someone asked its row for."""

from dataclasses import fields
from typing import Any, Final

from sqlalchemy.orm import ColumnProperty, CompositeProperty, Mapper, RelationshipProperty
from sqlalchemy.orm.interfaces import MANYTOONE

from schema.compile.source import JOINS, Renderer

# The limit for one subquery. Postgres tries every join order up to 8 tables, and SQLite joins at most 64.
MOST_JOINS: Final = 7


class Row:
    """A row of a mapper's table: of a subquery with this alias, or joined under this alias to the row `base`."""

    def __init__(self, mapper: Mapper[Any], alias: str, renderer: Renderer, base: "Row | None" = None) -> None:
        self.mapper = mapper
        self.alias = alias
        self._renderer = renderer
        self._base = base or self
        self._name = alias if base else renderer.name(mapper)
        self._columns: dict[str, str] = {}
        self._joined: dict[tuple[str, RelationshipProperty[Any]], Row] = {}
        self._joins = ""

    def __getitem__(self, key: str) -> str:
        return self.column(self.mapper.column_attrs[key])

    def attribute(self, name: str) -> Any:
        return self.mapper.attrs.get(name)

    def of(self, column: Any) -> str:
        return self[self.mapper.get_property_by_column(column).key]

    def column(self, attribute: ColumnProperty[Any]) -> str:
        key = attribute.key if self._base is self else f"{self.alias}_{attribute.key}"
        return self._base.added(key, self._renderer.column(attribute, self._name))

    def _inside(self, column: Any) -> str:
        """The SQL text that refers to a column within the subquery."""
        key = self.mapper.get_property_by_column(column).key
        return self._renderer.column(self.mapper.column_attrs[key], self._name)

    def added(self, key: str, text: str) -> str:
        """The reference to an additional column of the subquery, which the mapper does not have."""
        self._columns[key] = text
        return f'{self.alias}."{key}"'

    def join(self, reference: RelationshipProperty[Any], alias: str) -> "Row | None":
        """The row that a reference leads to, joined in the same subquery.

        None if the reference may lead to several rows, or if the subquery has `MOST_JOINS` joins already.
        """
        base, pairs = self._base, reference.local_remote_pairs or []
        if reference.direction is not MANYTOONE or reference.secondary is not None or len(pairs) != 1:
            return None
        known = base._joined.get((self.alias, reference))
        if known is not None or len(base._joined) == MOST_JOINS:
            return known
        row = base._joined[self.alias, reference] = Row(reference.mapper, alias, self._renderer, base)
        ((local, remote),) = pairs
        here = self._inside(local)
        there = row._inside(remote)
        base._joins += f" LEFT JOIN {self._renderer.name(reference.mapper)} AS {alias} ON {there} = {here}"
        return row

    def subquery(self, rows: str) -> str:
        """A subquery with only the columns that were asked for; `rows` is a statement from its FROM on."""
        if not self._columns:
            self.of(self.mapper.primary_key[0])
        assert JOINS in rows or not self._joins, (
            f"expected a place for joins ({JOINS!r}) in the statement, got {rows!r}"
        )
        columns = ", ".join(f'{text} AS "{key}"' for key, text in self._columns.items())
        return f"(SELECT {columns} {rows.replace(JOINS, self._joins)}) AS {self.alias}"


class Embedded:
    """A composite value of a row. Its attributes are columns of the row."""

    def __init__(self, row: "Row | Embedded", composite: CompositeProperty[Any]) -> None:
        self._row = row
        names = (field.name for field in fields(composite.info["value"]))
        self._attributes = dict(zip(names, composite.props, strict=True))

    def attribute(self, name: str) -> Any:
        return self._attributes.get(name)

    def column(self, attribute: ColumnProperty[Any]) -> str:
        return self._row.column(attribute)
