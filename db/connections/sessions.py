"""Two kinds of session, so that a function's signature says whether it may write."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction

# A text with the driver's own placeholders, and what fills them.
Statement = tuple[str, Sequence[Any]]
Rows = Sequence[Sequence[Any]]


class Driver:
    """A session's own connection of the driver, for statements past SQLAlchemy, within the session's transaction."""

    def __init__(self, connection: Connection, raw: Any) -> None:
        self._connection = connection
        self._raw = raw

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def fetch(self, *statements: Statement) -> list[Rows]:
        """The rows that each statement gives, one after the other; raises the driver's errors.

        Who listens to the engine hears of them. SQLite has them all in one change of threads.
        """
        for statement in statements:
            self._tell(*statement)
        if self.dialect.name == "sqlite":
            return await self._raw._execute(_fetch, self._raw._conn, statements)
        return [await self._raw.fetch(sql, *parameters) for sql, parameters in statements]

    async def copy(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """The rows of the driver's own values are in the table; on Postgres only, which has a way for many at once."""
        self._tell(f"COPY {table}", rows)
        await self._raw.copy_records_to_table(table, records=rows, columns=columns)

    def _tell(self, sql: str, parameters: Sequence[Any]) -> None:
        self._connection.dispatch.before_cursor_execute(self._connection, None, sql, parameters, None, False)


def _fetch(connection: Any, statements: Sequence[Statement]) -> list[Rows]:
    return [connection.execute(sql, parameters).fetchall() for sql, parameters in statements]


class ReadSession(AsyncSession):
    """Reads; whether its statements see one moment or each its own is up to the scope that opened it."""

    _driver: Driver | None = None
    _savepoint: SessionTransaction | None = None

    async def driver(self) -> Driver:
        """The connection that the session has until its end; it doesn't see what isn't flushed yet."""
        savepoint = self.sync_session.get_nested_transaction()
        # A savepoint is set when the connection is asked for, and not before.
        if self._driver is None or savepoint is not self._savepoint:
            connection = await self.connection()
            proxy: Any = await connection.get_raw_connection()
            # SQLAlchemy's adapter for asyncpg begins a transaction with the first statement that it sees.
            if not getattr(proxy.dbapi_connection, "_started", True):
                await proxy.dbapi_connection._start_transaction()
            assert connection.sync_connection
            self._driver = Driver(connection.sync_connection, proxy.driver_connection)
            self._savepoint = savepoint
        return self._driver


class WriteSession(ReadSession):
    """One unit of work: commands add to it and flush; only the scope that opened it commits."""
