"""Connections to SQLite or Postgres, set up alike so that the floors above need not know which it is."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, Final
from uuid import uuid4

import aiosqlite
import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from db.connections.drivers import sqlite
from db.connections.histogram import Histogram
from db.connections.inline import Inline
from db.connections.pool import Pool, PostgresConnection, SqliteConnection
from db.connections.sessions import ReadSession, WriteSession
from db.connections.sqlite import Adapter
from db.connections.watch import listen, watch_log
from db.sql.sort_key import FUNCTION, sort_key_text

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=15000",
    "foreign_keys=ON",
    # Without it INSERT OR REPLACE skips the delete triggers, and marks would be lost.
    "recursive_triggers=ON",
)

# For what only reads.
QUERY_ONLY: Final = "query_only=ON"

# Nested statements on fast disks: both settings together halve their time.
POSTGRES_SETTINGS = {"jit": "off", "random_page_cost": "1.1", "TimeZone": "UTC"}

# For what only reads. The page query takes 4 ms to plan and 1.5 ms to run; planned for any parameters, it is
# planned once for each connection. (Left to itself, the server plans it for the parameters of each of the first five
# requests, and then compares costs that hardly count the planning.)
READER_SETTINGS = POSTGRES_SETTINGS | {"default_transaction_read_only": "on", "plan_cache_mode": "force_generic_plan"}

# A planned statement takes the server about 90 bytes a character in each connection: the page query's 3 MB. So few are
# kept, and none of those that are much longer; such a one is planned each time.
READER_STATEMENTS: dict[str, Any] = {
    "statement_cache_size": 32,
    "max_cacheable_statement_size": 64 * 1024,
    "max_cached_statement_lifetime": 0,
}


# SQLite's code for what another has locked, and how long it is tried again to set a connection up.
SQLITE_BUSY: Final = 5
PATIENCE_S: Final = 5.0

# What tells one connection from another, and what they see: see `Database.state`.
SQLITE_STATE: Final = "SELECT connection_id() || '.' || data_version FROM pragma_data_version"
POSTGRES_STATE: Final = """SELECT concat_ws('.', (SELECT system_identifier FROM pg_control_system()),
  (SELECT oid FROM pg_database WHERE datname = current_database()),
  extract(epoch FROM pg_postmaster_start_time()), pg_current_snapshot())"""

# Statements that read at a time. More would only wait for a processor, and each keeps plans or pages in memory.
POSTGRES_READERS: Final = 8
SQLITE_READERS: Final = 4


class Database:
    """A database's connections: `read` for single statements, `snapshot` for several, `write` for units of work.

    `url` is `sqlite:///PATH` or `postgresql://…`; anything else raises `ValueError`. `statement_s` tells how long the
    statements of `fetch_bytes` took.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.statement_s = Histogram()
        match parsed.get_backend_name():
            case "sqlite":
                path = _path(parsed)
                self.reader = _sqlite(parsed, path)
                self.writer = _sqlite(parsed, path)
                # A transaction that reads before it writes would fail where another wrote in between.
                event.listen(self.writer.sync_engine, "begin", _begin_immediate)
                # In this process those that write take turns as they come: SQLite itself lets those that wait look
                # whether it is their turn every 0.1 s only, so that some would never see the moment.
                self._turn = asyncio.Lock()
                snapshots = self.reader.execution_options()
                event.listen(snapshots.sync_engine, "begin", _begin)
                self.connect_reader = partial(_sqlite_reader, path)
                readers = Pool(self.connect_reader, SQLITE_READERS)
                self._statements = Inline(
                    partial(_sqlite_open, path, "busy_timeout=0", QUERY_ONLY), sqlite.OperationalError, readers
                )
                # What one connection has seen change is its own to say, so that this one is always the same.
                self._watcher = Pool(self.connect_reader, 1)
                self._state = SQLITE_STATE
                self._watch = partial(watch_log, path)
            case "postgresql":
                self.reader = _postgres(parsed, isolation_level="AUTOCOMMIT")
                self.writer = _postgres(parsed)
                self._turn = nullcontext()
                snapshots = self.reader.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                self.connect_reader = partial(_postgres_reader, self.reader, parsed)
                self._statements = Pool(self.connect_reader, POSTGRES_READERS)
                self._watcher = self._statements
                self._state = POSTGRES_STATE
                self._watch = partial(listen, partial(_postgres_listener, self.reader, parsed))
            case other:
                raise ValueError(f"the database must be sqlite or postgresql, got {other}")
        self._read = async_sessionmaker(self.reader, class_=ReadSession)
        self._snapshot = async_sessionmaker(snapshots, class_=ReadSession)
        self._write = async_sessionmaker(self.writer, class_=WriteSession, expire_on_commit=False)

    def watch(self, wake: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """While open, `wake` is called soon after a commit that leaves marks, by whichever process.

        It may be called without one, and a call may be lost with a connection: look every second or so as well.
        """
        return self._watch(wake)

    @property
    def dialect(self) -> Dialect:
        return self.reader.dialect

    async def fetch_bytes(self, sql: str, parameters: Sequence[Any]) -> bytes:
        """The one value that one driver-level statement yields, as bytes, in its own snapshot; raises `Busy`."""
        began = perf_counter()
        value = await self._statements.fetch(sql, parameters)
        self.statement_s.observe(perf_counter() - began)
        return value

    async def state(self) -> str:
        """What is committed now, as a text: where two are equal, nothing was committed in between. Raises `Busy`.

        They may differ without a commit: on Postgres a rollback counts as well, and so does another database of the
        server; on SQLite each process has its own.
        """
        return await self._watcher.fetch(self._state, ())

    async def look(self, sql: str) -> Any:
        """The one value of a statement that is asked again and again, at the driver's cost; raises `Busy`."""
        return await self._statements.fetch(sql, ())

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[ReadSession]:
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[ReadSession]:
        """Everything read in it is of one moment, that of its first statement."""
        async with self._snapshot() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[WriteSession]:
        """A unit of work: committed at the end, rolled back where an exception leaves it."""
        async with self._turn, self._write() as session, session.begin():
            yield session

    async def dispose(self) -> None:
        await self._statements.dispose()
        await self._watcher.dispose()
        await self.reader.dispose()
        await self.writer.dispose()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(url: URL, **options: Any) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        connect_args={"server_settings": POSTGRES_SETTINGS},
        pool_pre_ping=True,
        **options,
    )


async def _postgres_reader(engine: AsyncEngine, url: URL) -> PostgresConnection:
    # As SQLAlchemy reads the URL, so that both kinds of connections lead to the same place.
    place = engine.dialect.create_connect_args(url)[1]
    return await PostgresConnection.connect({**place, **READER_STATEMENTS, "server_settings": READER_SETTINGS})


async def _postgres_listener(engine: AsyncEngine, url: URL) -> Any:
    connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return await connect(**engine.dialect.create_connect_args(url)[1])


def _path(url: URL) -> str:
    if not url.database:
        raise ValueError(f"an SQLite URL must name a file, got {url.render_as_string()}")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    return url.database


def _sqlite(url: URL, path: str) -> AsyncEngine:
    options: dict[str, Any] = {"module": Adapter(), "async_creator": partial(_sqlite_connect, path)}
    return create_async_engine(url.set(drivername="sqlite+aiosqlite"), **options)


def _sqlite_open(path: str, *more_pragmas: str) -> Any:
    """A connection of the driver's own, for the thread that opens it."""
    raw = sqlite.connect(path, isolation_level=None)
    try:
        for pragma in (*SQLITE_PRAGMAS, *more_pragmas):
            _sqlite_set(raw, pragma)
        raw.create_function(FUNCTION, 1, sort_key_text, deterministic=True)
    except BaseException:
        raw.close()
        raise
    return raw


def _sqlite_set(raw: Any, pragma: str) -> None:
    # SQLite's own patience doesn't hold for the first who open a file, and all want to change its journal's mode.
    until = monotonic() + PATIENCE_S
    while True:
        try:
            raw.execute(f"PRAGMA {pragma}")
        except sqlite.OperationalError as error:
            if error.sqlite_errorcode != SQLITE_BUSY or monotonic() > until:
                raise
            sleep(PATIENCE_S / 1000)
        else:
            return


async def _sqlite_connect(path: str, *more_pragmas: str) -> aiosqlite.Connection:
    connection = aiosqlite.Connection(partial(_sqlite_open, path, *more_pragmas), iter_chunk_size=64)
    try:
        return await connection
    except BaseException:
        # Its thread ends by telling this event loop, which must not be closed before.
        connection._thread.join()  # pyright: ignore[reportPrivateUsage]
        raise


async def _sqlite_reader(path: str) -> SqliteConnection:
    raw = await _sqlite_connect(path, QUERY_ONLY)
    try:
        id = uuid4().hex
        await raw.create_function("connection_id", 0, lambda: id)  # pyright: ignore[reportUnknownMemberType]
    except BaseException:
        await raw.close()
        raise
    return SqliteConnection(raw)
