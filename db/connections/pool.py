"""Raw driver connections for reads of one statement. SQLAlchemy would more than double the cost of such a read."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol, Self, cast

import aiosqlite

from db.connections.drivers import asyncpg, sqlite

# How long a connection may take to close before it is terminated.
CLOSE_S: Final = 5.0
# How often to interrupt a connection until it has closed.
INTERRUPT_S: Final = 0.02


class Busy(Exception):
    """Every connection was in use for longer than a request may wait."""


class Connection(Protocol):
    """A driver connection; `interrupt` stops the running statement, whose result nobody needs any more."""

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any: ...

    def interrupt(self) -> None: ...

    async def close(self) -> None: ...

    @property
    def is_open(self) -> bool: ...

    def is_lost(self, error: Exception) -> bool:
        """Whether `error` means that the connection is lost, so that another one may answer."""
        ...


class Pool:
    """At most `size` connections, each opened on demand. The most recently used one is used next.

    Waiting for a connection raises `Busy` after `patience_s`.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int, patience_s: float = 10.0) -> None:
        self._connect = connect
        self._size = size
        self._patience_s = patience_s
        self._free = size
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._idle: list[Connection] = []
        self._closing: set[asyncio.Future[None]] = set()

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        """The single value that a statement reads; it runs once more on a new connection if one is lost."""
        await self._permit()
        try:
            try:
                return await self._fetch(await self._connection(), sql, parameters)
            except Lost:
                return await self._fetch(await self._connect(), sql, parameters)
        finally:
            self._release()

    async def dispose(self) -> None:
        """Close every connection; the next statement opens a new one."""
        idle, self._idle = self._idle, []
        for connection in idle:
            self._drop(connection)
        await asyncio.gather(*self._closing)

    async def _permit(self) -> None:
        if self._free:
            self._free -= 1
            return
        # A timer for each waiter costs a fraction of `asyncio.timeout`, which cancels a task and catches that.
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiting.append(waiter)
        timer = loop.call_later(self._patience_s, self._refuse, waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():
                # The slot was granted just as the waiter was cancelled: pass it on.
                self._release()
            raise
        finally:
            timer.cancel()

    def _refuse(self, waiter: asyncio.Future[None]) -> None:
        if not waiter.done():
            busy = f"expected a free connection within {self._patience_s:g} s, got none of {self._size}: retry later"
            waiter.set_exception(Busy(busy))

    def _release(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
            self._drop(connection)
        return await self._connect()

    async def _fetch(self, connection: Connection, sql: str, parameters: Sequence[Any]) -> Any:
        try:
            value = await connection.fetch(sql, parameters)
        except Exception as error:
            if connection.is_lost(error):
                self._drop(connection)
                raise Lost from error
            self._idle.append(connection)
            raise
        except BaseException:
            # The caller was cancelled. The statement may still run, and the next one must not get its answer.
            self._drop(connection)
            raise
        self._idle.append(connection)
        return value

    def _drop(self, connection: Connection) -> None:
        connection.interrupt()
        closing = asyncio.ensure_future(connection.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


class Lost(Exception):
    """The connection ended before it answered; `__cause__` is the driver's error."""


class PostgresConnection:
    """An asyncpg connection. asyncpg itself cancels a statement when its caller is cancelled."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @classmethod
    async def connect(cls, options: Mapping[str, Any]) -> Self:
        return cls(await asyncpg.connect(**options))

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        return await self._raw.fetchval(sql, *parameters)

    def interrupt(self) -> None: ...

    async def close(self) -> None:
        try:
            await self._raw.close(timeout=CLOSE_S)
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._raw.terminate()

    @property
    def is_open(self) -> bool:
        return not self._raw.is_closed()

    def is_lost(self, error: Exception) -> bool:
        # The server announces the end of a connection before it closes it.
        said = (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError)
        return isinstance(error, said) or self._raw.is_closed()


class SqliteConnection:
    """An aiosqlite connection: one hop to its thread and back for each statement."""

    def __init__(self, raw: aiosqlite.Connection) -> None:
        self._raw = raw
        self.is_open = True

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        rows = cast("list[Any]", await self._raw.execute_fetchall(sql, parameters))
        # A PRAGMA that sets something returns no row.
        return rows[0][0] if rows else None

    def interrupt(self) -> None:
        # The connection's thread may have closed it in the meantime.
        with suppress(ValueError, sqlite.ProgrammingError):
            self._raw._conn.interrupt()  # pyright: ignore[reportPrivateUsage]

    async def close(self) -> None:
        self.is_open = False
        closing = asyncio.ensure_future(self._raw.close())
        # One interrupt misses a statement that the thread has not begun yet, and that could run for ever.
        while not (await asyncio.wait([closing], timeout=INTERRUPT_S))[0]:
            self.interrupt()
        await closing

    def is_lost(self, error: Exception) -> bool:
        return False
