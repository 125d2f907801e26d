"""Rows in scope: naming one of their columns brings the column into the subquery that they come from."""

from dataclasses import fields
from typing import Any

from sqlalchemy.orm import ColumnProperty, CompositeProperty, Mapper

from schema.compile.source import Renderer, table_of


class Row:
    """A row of a mapper's table, under an alias."""

    def __init__(self, mapper: Mapper[Any], alias: str, renderer: Renderer) -> None:
        self.mapper = mapper
        self.alias = alias
        self._renderer = renderer
        self._columns: dict[str, str] = {}

    def __getitem__(self, key: str) -> str:
        return self.column(self.mapper.column_attrs[key])

    def attribute(self, name: str) -> Any:
        return self.mapper.attrs.get(name)

    def of(self, column: Any) -> str:
        return self[self.mapper.get_property_by_column(column).key]

    def column(self, attribute: ColumnProperty[Any]) -> str:
        return self.added(attribute.key, self._renderer.column(attribute.columns[0], table_of(self.mapper)))

    def added(self, key: str, text: str) -> str:
        """A column that the mapper knows nothing of."""
        self._columns[key] = text
        return f'{self.alias}."{key}"'

    def subquery(self, rows: str) -> str:
        """The rows, a statement from its FROM on, with just the columns that were named."""
        if not self._columns:
            self.of(self.mapper.primary_key[0])
        columns = ", ".join(f'{text} AS "{key}"' for key, text in self._columns.items())
        return f"(SELECT {columns} {rows}) AS {self.alias}"


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
