"""Rows in scope: naming one of their columns brings the column into the subquery that they come from."""

from dataclasses import fields
from typing import Any, Final

from sqlalchemy.orm import ColumnProperty, CompositeProperty, Mapper, RelationshipProperty
from sqlalchemy.orm.interfaces import MANYTOONE

from schema.compile.source import JOINS, Renderer

# Of one subquery. Postgres plans up to 8 tables in every order that they can be joined in, and SQLite joins 64 at most.
MOST_JOINS: Final = 7


class Row:
    """A row of a mapper's table: of a subquery with that alias, or under that alias joined to the `base` of one."""

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
        """What refers to a column within the subquery."""
        key = self.mapper.get_property_by_column(column).key
        return self._renderer.column(self.mapper.column_attrs[key], self._name)

    def added(self, key: str, text: str) -> str:
        """A column of the subquery that the mapper knows nothing of."""
        self._columns[key] = text
        return f'{self.alias}."{key}"'

    def join(self, reference: RelationshipProperty[Any], alias: str) -> "Row | None":
        """The row that a reference leads to, in the same subquery; None where it leads to more than one.

        None as well where the subquery has enough joins.
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
        """The rows, a statement from its FROM on, with just the columns that were named."""
        if not self._columns:
            self.of(self.mapper.primary_key[0])
        assert JOINS in rows or not self._joins, "joins need a place in the rows' statement"
        columns = ", ".join(f'{text} AS "{key}"' for key, text in self._columns.items())
        return f"(SELECT {columns} {rows.replace(JOINS, self._joins)}) AS {self.alias}"


class Embedded:
    """A composite value of a row: its attributes are some of the row's columns."""

    def __init__(self, row: "Row | Embedded", composite: CompositeProperty[Any]) -> None:
        self._row = row
        names = (field.name for field in fields(composite.info["value"]))
        self._attributes = dict(zip(names, composite.props, strict=True))

    def attribute(self, name: str) -> Any:
        return self._attributes.get(name)

    def column(self, attribute: ColumnProperty[Any]) -> str:
        return self._row.column(attribute)
