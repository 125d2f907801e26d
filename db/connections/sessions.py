"""Two types of session, so that a function's signature says whether it may write."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction

# SQL with the driver's own placeholders, and their values.
Statement = tuple[str, Sequence[Any]]
Rows = Sequence[Sequence[Any]]


class Driver:
    """The session's driver connection, for statements that bypass SQLAlchemy within the session's transaction."""

    def __init__(self, connection: Connection, raw: Any) -> None:
        self._connection = connection
        self._raw = raw

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def fetch(self, *statements: Statement) -> list[Rows]:
        """The rows of each statement, run one after the other; raises the driver's errors.

        The engine's listeners are told of each statement. On SQLite all of them share one thread switch.
        """
        for statement in statements:
            self._tell(*statement)
        if self.dialect.name == "sqlite":
            return await self._raw._execute(_fetch, self._raw._conn, statements)
        return [await self._raw.fetch(sql, *parameters) for sql, parameters in statements]

    async def copy(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows of driver values by a COPY; Postgres only."""
        self._tell(f"COPY {table}", rows)
        await self._raw.copy_records_to_table(table, records=rows, columns=columns)

    def _tell(self, sql: str, parameters: Sequence[Any]) -> None:
        self._connection.dispatch.before_cursor_execute(self._connection, None, sql, parameters, None, False)


def _fetch(connection: Any, statements: Sequence[Statement]) -> list[Rows]:
    return [connection.execute(sql, parameters).fetchall() for sql, parameters in statements]


class ReadSession(AsyncSession):
    """Reads. The scope that opens it decides whether its statements share one snapshot."""

    _driver: Driver | None = None
    _savepoint: SessionTransaction | None = None

    async def driver(self) -> Driver:
        """The session's driver connection, the same until the session ends. Flush first: it sees only flushed rows."""
        savepoint = self.sync_session.get_nested_transaction()
        # SQLAlchemy sets a savepoint only when the connection is requested.
        if self._driver is None or savepoint is not self._savepoint:
            connection = await self.connection()
            proxy: Any = await connection.get_raw_connection()
            # SQLAlchemy's asyncpg adapter begins a transaction only at the first statement that it runs itself.
            if not getattr(proxy.dbapi_connection, "_started", True):
                await proxy.dbapi_connection._start_transaction()
            assert connection.sync_connection
            self._driver = Driver(connection.sync_connection, proxy.driver_connection)
            self._savepoint = savepoint
        return self._driver


class WriteSession(ReadSession):
    """One unit of work: commands add to it and flush; only the scope that opened it commits."""
