"""SQLAlchemy's adapter for aiosqlite, with one thread switch for each statement instead of four."""

from collections import deque
from collections.abc import Sequence
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import await_only

from db.connections.drivers import sqlite

_ERRORS = (
    "Error",
    "DatabaseError",
    "IntegrityError",
    "OperationalError",
    "ProgrammingError",
    "NotSupportedError",
)


class Adapter(AsyncAdapt_aiosqlite_dbapi):
    """A DBAPI module for SQLAlchemy whose errors are the driver's."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite)
        for name in _ERRORS:
            setattr(self, name, getattr(sqlite, name))

    def connect(self, *arguments: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        creator = options.pop("async_creator_fn")
        return _Connection(self, await_only(creator(*arguments, **options)))


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    def cursor(self, server_side: bool = False) -> AsyncAdapt_aiosqlite_cursor:
        return super().cursor(server_side) if server_side else _Cursor(self)


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Fetches all rows in the same hop as the statement, so that the driver's cursor is closed when it returns."""

    __slots__ = ()

    def execute(self, operation: Any, parameters: Any = None) -> None:
        self._run("execute", (operation,) if parameters is None else (operation, parameters))

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        self._run("executemany", (operation, seq_of_parameters))

    def _run(self, method: str, arguments: Sequence[Any]) -> None:
        raw: Any = self._connection
        try:
            answer = self.await_(raw._execute(_answer, raw._conn, method, arguments))
        except Exception as error:
            self._adapt_connection._handle_exception(error)  # pyright: ignore[reportPrivateUsage]
        else:
            self.description, rows, self.lastrowid, self.rowcount = answer
            self._rows = deque(rows)


def _answer(connection: Any, method: str, arguments: Sequence[Any]) -> tuple[Any, Sequence[Any], int, int]:
    """The description, rows, last row id and row count of a statement. Runs in the driver's thread."""
    cursor = connection.cursor()
    try:
        getattr(cursor, method)(*arguments)
        if cursor.description:
            return cursor.description, cursor.fetchall(), -1, -1
        return None, (), cursor.lastrowid, cursor.rowcount
    finally:
        cursor.close()
