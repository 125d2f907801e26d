"""Connections to SQLite or Postgres, with one interface, so that the floors above need not know which it is."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from time import monotonic, perf_counter, sleep
from typing import Any, Final
from urllib.parse import quote
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
from db.connections.sort_key import FUNCTION, sort_key_text
from db.connections.sqlite import Adapter
from db.connections.transient_errors import sqlite_code
from db.connections.watch import listen, watch_log

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=15000",
    "foreign_keys=ON",
    # Otherwise INSERT OR REPLACE skips the delete triggers, and marks are lost.
    "recursive_triggers=ON",
)

# For connections that only read.
QUERY_ONLY: Final = "query_only=ON"

# The first two settings together halve the time of nested statements on fast disks.
POSTGRES_SETTINGS = {"jit": "off", "random_page_cost": "1.1", "TimeZone": "UTC"}

# For connections that only read. The page query takes 4 ms to plan and 1.5 ms to run. With a generic plan, each
# connection plans it only once. By default, Postgres plans the first five requests one by one, and then may go on to do
# so, because its cost estimate hardly counts the planning.
READER_SETTINGS = POSTGRES_SETTINGS | {"default_transaction_read_only": "on", "plan_cache_mode": "force_generic_plan"}

# In each connection, a plan takes the server about 90 bytes a character of its statement: 3 MB for the page query. So a
# connection keeps few plans, and none for much longer statements, which are planned at every request.
READER_STATEMENTS: dict[str, Any] = {
    "statement_cache_size": 32,
    "max_cacheable_statement_size": 64 * 1024,
    "max_cached_statement_lifetime": 0,
}


# How long to retry the setup of a connection while somebody else has locked the database.
PATIENCE_S: Final = 5.0

# These identify the connection or server and the newest commit that it sees: see `Database.state`.
SQLITE_STATE: Final = "SELECT connection_id() || '.' || data_version FROM pragma_data_version"
POSTGRES_STATE: Final = """SELECT concat_ws('.', (SELECT system_identifier FROM pg_control_system()),
  (SELECT oid FROM pg_database WHERE datname = current_database()),
  extract(epoch FROM pg_postmaster_start_time()), pg_current_snapshot())"""

# A write that changes no data and yet reaches the disk: SQLite writes the page of this unused number, and Postgres
# writes the row's lock and a commit. Both fail if the disk is full or the database is read-only.
SQLITE_PROBE: Final = "PRAGMA user_version = 0"
POSTGRES_PROBE: Final = "SELECT count(*) FROM (SELECT 1 FROM alembic_version FOR UPDATE SKIP LOCKED) AS locked"
# A writer that is at work shows that the database can be written, so the probe does not wait for it for long.
SQLITE_PROBE_WAIT: Final = "busy_timeout=500"

# By default asyncpg waits for a host that does not answer for a minute.
CONNECT_S: Final = 5.0

# Concurrent readers. More would only wait for a CPU, and each keeps plans or pages in memory.
POSTGRES_READERS: Final = 8
SQLITE_READERS: Final = 4


class Database:
    """A database's connections: `read` for single statements, `snapshot` for several, `write` for units of work.

    `url` is `sqlite:///PATH` or `postgresql://…`; anything else raises `ValueError`. `statement_s` records how
    long `fetch_bytes` takes.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.statement_s = Histogram()
        match parsed.get_backend_name():
            case "sqlite":
                path = _path(parsed)
                self.reader = _sqlite(parsed, path)
                self.writer = _sqlite(parsed, path)
                # A deferred transaction that reads first fails if somebody else writes before its first write.
                event.listen(self.writer.sync_engine, "begin", _begin_immediate)
                # Writers of this process queue in order. SQLite's own waiting polls only every 0.1 s, so some writers
                # would never get their turn.
                self._turn = asyncio.Lock()
                snapshots = self.reader.execution_options()
                event.listen(snapshots.sync_engine, "begin", _begin)
                self.connect_reader = partial(_sqlite_reader, path, QUERY_ONLY)
                readers = Pool(self.connect_reader, SQLITE_READERS)
                self._statements = Inline(
                    partial(_sqlite_open, path, "busy_timeout=0", QUERY_ONLY), sqlite.OperationalError, readers
                )
                # `data_version` is comparable only within one connection, so `state` always asks the same one.
                self._watcher = Pool(self.connect_reader, 1)
                self._state = SQLITE_STATE
                self._prober = Pool(partial(_sqlite_reader, path, SQLITE_PROBE_WAIT), 1)
                self._probe = SQLITE_PROBE
                self._create = partial(_sqlite_create, path)
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
                self._prober = Pool(partial(_postgres_reader, self.reader, parsed, POSTGRES_SETTINGS), 1)
                self._probe = POSTGRES_PROBE
                self._create = nullcontext
                self._watch = partial(listen, partial(_postgres_listener, self.reader, parsed))
            case other:
                raise ValueError(f"expected a sqlite or postgresql database, got {other}")
        self._read = async_sessionmaker(self.reader, class_=ReadSession)
        self._snapshot = async_sessionmaker(snapshots, class_=ReadSession)
        self._write = async_sessionmaker(self.writer, class_=WriteSession, expire_on_commit=False)

    def watch(self, wake: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """While open, `wake` is called soon after any process commits marks.

        There may be extra calls, and a lost connection may lose calls, so callers also poll every second or so.
        """
        return self._watch(wake)

    @property
    def dialect(self) -> Dialect:
        return self.reader.dialect

    async def fetch_bytes(self, sql: str, parameters: Sequence[Any]) -> bytes:
        """The single value of a driver-level statement, as bytes, in its own snapshot; raises `Busy`."""
        began = perf_counter()
        value = await self._statements.fetch(sql, parameters)
        self.statement_s.observe(perf_counter() - began)
        return value

    async def state(self) -> str:
        """A text that changes with every commit: if two are equal, nothing was committed in between. Raises `Busy`.

        Two may differ without a change: after a `probe`, on Postgres after a rollback or a commit to another database,
        and on SQLite because each process has its own texts.
        """
        return await self._watcher.fetch(self._state, ())

    async def look(self, sql: str) -> Any:
        """The single value of a frequent statement, without SQLAlchemy's overhead; raises `Busy`."""
        return await self._statements.fetch(sql, ())

    def create(self) -> None:
        """A SQLite database has its file afterwards, readable by its owner only; connecting never creates it."""
        self._create()

    async def probe(self, sql: str = "SELECT 1", *, writes: bool = True) -> Any:
        """The single value of a statement, on a connection reserved for that; then a commit that changes no data.

        `writes=False` leaves out the commit. Raises `Busy`, `Lost` or the driver's error, also if the database takes
        no writes.
        """
        value = await self._prober.fetch(sql, ())
        try:
            if writes:
                await self._prober.fetch(self._probe, ())
        except sqlite.OperationalError as error:
            if sqlite_code(error) != SQLITE_BUSY:
                raise
        return value

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[ReadSession]:
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[ReadSession]:
        """All reads see the database as it was at the first statement."""
        async with self._snapshot() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[WriteSession]:
        """A unit of work: committed at the end, rolled back if an exception leaves it."""
        async with self._turn, self._write() as session, session.begin():
            yield session

    async def dispose(self) -> None:
        await self._statements.dispose()
        await self._watcher.dispose()
        await self._prober.dispose()
        await self.reader.dispose()
        await self.writer.dispose()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(url: URL, **options: Any) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        connect_args={"server_settings": POSTGRES_SETTINGS, "timeout": CONNECT_S},
        pool_pre_ping=True,
        hide_parameters=True,
        **options,
    )


async def _postgres_reader(
    engine: AsyncEngine, url: URL, settings: Mapping[str, str] = READER_SETTINGS
) -> PostgresConnection:
    # SQLAlchemy parses the URL, so that both kinds of connections lead to the same database.
    place = engine.dialect.create_connect_args(url)[1]
    return await PostgresConnection.connect(
        {**place, **READER_STATEMENTS, "server_settings": settings, "timeout": CONNECT_S}
    )


async def _postgres_listener(engine: AsyncEngine, url: URL) -> Any:
    connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return await connect(**engine.dialect.create_connect_args(url)[1], timeout=CONNECT_S)


def _path(url: URL) -> str:
    if not url.database:
        raise ValueError(f"expected an SQLite URL that names a file, got {url.render_as_string()}")
    return url.database


def _sqlite_create(path: str) -> None:
    # SQLite gives its log and shared memory the file's mode. An existing file stays closed here: to close it would
    # release the locks that this process's connections hold.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _sqlite(url: URL, path: str) -> AsyncEngine:
    options: dict[str, Any] = {"module": Adapter(), "async_creator": partial(_sqlite_connect, path)}
    return create_async_engine(url.set(drivername="sqlite+aiosqlite"), hide_parameters=True, **options)


def _sqlite_open(path: str, *more_pragmas: str) -> Any:
    """A driver connection, usable only in the thread that opens it."""
    raw = sqlite.connect(f"file://{quote(os.fsencode(Path(path).absolute()))}?mode=rw", uri=True, isolation_level=None)
    try:
        for pragma in (*SQLITE_PRAGMAS, *more_pragmas):
            _sqlite_set(raw, pragma)
        raw.create_function(FUNCTION, 1, sort_key_text, deterministic=True)
    except BaseException:
        raw.close()
        raise
    return raw


def _sqlite_set(raw: Any, pragma: str) -> None:
    # `busy_timeout` does not cover the change to WAL, which several processes may attempt on a new file at once.
    until = monotonic() + PATIENCE_S
    while True:
        try:
            raw.execute(f"PRAGMA {pragma}")
        except sqlite.OperationalError as error:
            if sqlite_code(error) != SQLITE_BUSY or monotonic() > until:
                raise
            sleep(PATIENCE_S / 1000)
        else:
            return


async def _sqlite_connect(path: str, *more_pragmas: str) -> aiosqlite.Connection:
    connection = aiosqlite.Connection(partial(_sqlite_open, path, *more_pragmas), iter_chunk_size=64)
    try:
        return await connection
    except BaseException:
        # The connection's thread reports its end to this event loop, so it has to end before the loop closes.
        connection._thread.join()  # pyright: ignore[reportPrivateUsage]
        raise


async def _sqlite_reader(path: str, *more_pragmas: str) -> SqliteConnection:
    raw = await _sqlite_connect(path, *more_pragmas)
    try:
        id = uuid4().hex
        await raw.create_function("connection_id", 0, lambda: id)  # pyright: ignore[reportUnknownMemberType]
    except BaseException:
        await raw.close()
        raise
    return SqliteConnection(raw)
