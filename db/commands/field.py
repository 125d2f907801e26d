"""The fields that clients can set, derived from the models: what each accepts, and the columns that store it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import JSON, Column, Text, inspect
from sqlalchemy.orm import CompositeProperty, Mapper

from db.errors import Invalid
from db.models import Base
from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from db.values.text import storable

Check = Callable[[Any, tuple[str, ...]], Any]


@dataclass(frozen=True)
class Field:
    """An attribute of a model that a client can set. `name` is its name in GraphQL, such as `validDuring`."""

    attribute: str
    name: str
    columns: tuple[str, ...]
    # Whether a new row needs it, because its column has no default and is not nullable.
    is_required: bool
    is_nullable: bool
    check: Check
    # The table that a reference points to.
    refers_to: str | None = None
    # The Python class of a value that is stored in several columns, such as `Quantity`.
    embedded: type | None = None

    @property
    def path(self) -> tuple[str, ...]:
        return "input", self.name

    def stored(self, value: Any) -> dict[str, Any]:
        """The column values for a value; None clears the field. Raises `Invalid`."""
        if value is None:
            if not self.is_nullable:
                raise Invalid(f"expected a value for {self.name}, got null: leave it out to keep it", self.path)
            return dict.fromkeys(self.columns)
        value = self.check(value, self.path)
        parts: Sequence[Any] = (value,) if self.embedded is None else value.__composite_values__()
        return dict(zip(self.columns, parts, strict=True))

    def read(self, row: Mapping[str, Any]) -> Any:
        """The field's value in a row."""
        parts = [row[column] for column in self.columns]
        if self.embedded is None:
            return parts[0]
        # A missing value is stored as nulls only.
        return None if all(part is None for part in parts) else self.embedded(*parts)


@cache
def fields_of(model: type[Base]) -> dict[str, Field]:
    """The fields of a model by attribute. Commands set the id, version and times themselves."""
    mapper: Mapper[Any] = inspect(model)
    kept = {"id", "version", "created_at", "updated_at", "owner_id"}
    composites = {name: _composite(composite) for name, composite in mapper.composites.items()}
    parts = {column for field in composites.values() for column in field.columns}
    columns = {
        name: _column(name, column)
        for name, attribute in mapper.column_attrs.items()
        if isinstance(column := attribute.columns[0], Column) and column.name not in kept | parts
    }
    return columns | composites


def camel(name: str) -> str:
    """The GraphQL name: `name_at_time` becomes `nameAtTime`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _column(attribute: str, column: Column[Any]) -> Field:
    references = [key.column.table.name for key in column.foreign_keys]
    has_default = column.default is not None or column.server_default is not None
    return Field(
        attribute,
        camel(attribute.removesuffix("_id") if references else attribute),
        (column.name,),
        is_required=not column.nullable and not has_default,
        is_nullable=bool(column.nullable),
        check=_check_of(column),
        refers_to=references[0] if references else None,
    )


def _composite(composite: CompositeProperty[Any]) -> Field:
    columns = tuple(column.name for column in composite.columns)
    kind = composite.info["value"]
    return Field(
        composite.key,
        camel(composite.key),
        columns,
        # All columns of a composite are nullable. Only the annotation says whether the value is.
        is_required=False,
        is_nullable=True,
        check=_partial_date if kind is PartialDate else _quantity,
        embedded=kind,
    )


def _check_of(column: Column[Any]) -> Check:
    if isinstance(column.type, JSON):
        return _names
    return _text if isinstance(column.type, Text) else _unchanged


def _unchanged(value: Any, _path: tuple[str, ...]) -> Any:
    return value


def _text(value: str, path: tuple[str, ...]) -> str:
    return storable(value, *path)


def _names(value: Sequence[str], path: tuple[str, ...]) -> list[str]:
    return [storable(name, *path) for name in value]


def _partial_date(value: str | PartialDate, path: tuple[str, ...]) -> PartialDate:
    if isinstance(value, PartialDate):
        return value
    try:
        return PartialDate.of(value)
    except ValueError as error:
        raise Invalid(str(error), path) from error


def _quantity(value: Quantity, path: tuple[str, ...]) -> Quantity:
    for name in ("unit", "currency", "display"):
        storable(getattr(value, name), *path, name)
    return value
