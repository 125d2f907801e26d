"""Inserts, updates and locks single rows as plain values, with statements that are compiled once.

The ORM would spend about 1 ms on each row: it builds an object, tracks it and sorts the work to flush.
"""

import enum
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update

from db.connections.sessions import WriteSession
from db.models import Base
from db.sql.prepared import Prepared
from db.values.notation import iso, plain

# Column names and Python values.
Row = Mapping[str, Any]


def table_of(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


async def insert_row(session: WriteSession, model: type[Base], values: Row) -> Row:
    """Insert the row, with the model's defaults for missing columns; return all its columns."""
    values = {**_defaults(model, "default"), **values}
    (row,) = await _insert(model, tuple(values)).run(session, _new(values))
    return row._asdict()


async def update_row(session: WriteSession, model: type[Base], id: int, values: Row) -> Row:
    """Update the row, and raise its version if it has one; return all its columns."""
    values = {**_defaults(model, "onupdate"), **values}
    (row,) = await _update(model, tuple(values)).run(session, {**_new(values), "row_id": id})
    return row._asdict()


async def lock_row(session: WriteSession, model: type[Base], id: int) -> Row | None:
    """The current row, which nobody else can change until this unit of work ends; None if there is none."""
    for row in await _lock(model).run(session, {"row_id": id}):
        return row._asdict()
    return None


def snapshot(row: Row) -> dict[str, Any]:
    """The row as JSON: enums by name, decimals in plain notation, days and moments as ISO 8601.

    The owner is left out, because the audit log has it in a column of its own.
    """
    return {name: _json(value) for name, value in row.items() if name != "owner_id"}


def _json(value: Any) -> Any:
    match value:
        case enum.Enum():
            return value.name
        case Decimal():
            return plain(value)
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case _:
            return value


def _defaults(model: type[Base], kind: str) -> dict[str, Any]:
    return {name: make(None) if callable(make) else make for name, make in _makers(model, kind).items()}


@cache
def _makers(model: type[Base], kind: str) -> dict[str, Any]:
    return {column.name: made.arg for column in table_of(model).columns if (made := getattr(column, kind)) is not None}


def _new(values: Row) -> dict[str, Any]:
    # SQLAlchemy refuses parameters that have the name of a column.
    return {f"new_{name}": value for name, value in values.items()}


def _parameters(table: Table, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}


@cache
def _insert(model: type[Base], names: tuple[str, ...]) -> Prepared:
    table = table_of(model)
    return Prepared(insert(table).values(_parameters(table, names)).returning(*table.columns))


@cache
def _update(model: type[Base], names: tuple[str, ...]) -> Prepared:
    table = table_of(model)
    values = _parameters(table, names)
    if "version" in table.columns:
        values["version"] = table.c.version + 1
    # All columns with an `onupdate` are already named, so SQLAlchemy adds none.
    statement = update(table).where(table.c.id == bindparam("row_id")).values(values)
    return Prepared(statement.returning(*table.columns))


@cache
def _lock(model: type[Base]) -> Prepared:
    table = table_of(model)
    # Others can still write rows that refer to this one: their foreign keys only need its id to stay.
    return Prepared(select(table).where(table.c.id == bindparam("row_id")).with_for_update(key_share=True))
