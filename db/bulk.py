"""Many rows at once, past SQLAlchemy's sessions; inserts go the driver's own way, which costs less."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Dialect, Enum, FromClause, Table, bindparam, update
from sqlalchemy.types import TypeEngine

from db.session import WriteSession
from db.types import bind_processor


async def insert_rows(session: WriteSession, table: FromClause, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows are in the table; each has the same columns, in the same order, and Python's values.

    One executemany on SQLite; on Postgres a COPY, which takes a third of an executemany's time.
    """
    if not rows:
        return
    assert isinstance(table, Table)
    connection = await session.connection()
    names = list(rows[0])
    processors = [_processor(table.c[name].type, connection.dialect) for name in names]
    # By column, for most need nothing done to them.
    columns = zip(*(row.values() for row in rows), strict=True)
    raw = list(zip(*map(_processed, processors, columns), strict=True))
    if connection.dialect.name == "sqlite":
        into, places = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        await connection.exec_driver_sql(f"INSERT INTO {table.name} ({into}) VALUES ({places})", raw)
        return
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_records_to_table(table.name, records=raw, columns=names)


async def update_rows(session: WriteSession, table: FromClause, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows numbered `known_id` have the values that stand beside it; each names the same columns."""
    if rows:
        assert isinstance(table, Table)
        connection = await session.connection()
        await connection.execute(update(table).where(table.c.id == bindparam("known_id")), rows)


def _processor(type: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    # What SQLAlchemy does for a term is to look its name up.
    return attrgetter("_name_") if isinstance(type, Enum) else bind_processor(type, dialect)


def _processed(process: Callable[[Any], Any] | None, column: tuple[Any, ...]) -> Sequence[Any]:
    if process is None:
        return column
    return [None if value is None else process(value) for value in column]
