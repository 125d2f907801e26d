"""Connections to SQLite or Postgres, set up alike so that the floors above need not know which it is."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_dbapi
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from db.session import ReadSession, WriteSession

# The wheel's SQLite, not the machine's: Debian 12's parser overflows at nine nested objects. Where the platform has no
# wheel, Python's own serves; if that is old, it takes less deeply nested queries.
sqlite: Any = import_module("pysqlite3.dbapi2" if find_spec("pysqlite3") else "sqlite3.dbapi2")

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=15000",
    "foreign_keys=ON",
    # Without it INSERT OR REPLACE skips the delete triggers, and marks would be lost.
    "recursive_triggers=ON",
)

# Nested statements on fast disks: both settings together halve their time.
POSTGRES_SETTINGS = {"jit": "off", "random_page_cost": "1.1", "TimeZone": "UTC"}


class Database:
    """A database's connections: `read` for single statements, `write` for units of work.

    `url` is `sqlite:///PATH` or `postgresql://…`; anything else raises `ValueError`.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        match parsed.get_backend_name():
            case "sqlite":
                self.reader = _sqlite(parsed)
                self.writer = _sqlite(parsed)
                # A transaction that reads before it writes would fail where another wrote in between.
                event.listen(self.writer.sync_engine, "begin", _begin_immediate)
            case "postgresql":
                self.reader = _postgres(parsed, isolation_level="AUTOCOMMIT")
                self.writer = _postgres(parsed)
            case other:
                raise ValueError(f"the database must be sqlite or postgresql, got {other}")
        self._read = async_sessionmaker(self.reader, class_=ReadSession)
        self._write = async_sessionmaker(self.writer, class_=WriteSession, expire_on_commit=False)

    @property
    def dialect(self) -> Dialect:
        return self.reader.dialect

    async def fetch_bytes(self, sql: str, parameters: Sequence[Any]) -> bytes:
        """The one value that one driver-level statement yields, as bytes, in its own snapshot."""
        async with self.reader.connect() as connection:
            return (await connection.exec_driver_sql(sql, tuple(parameters))).scalar_one()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[ReadSession]:
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[WriteSession]:
        """A unit of work: committed at the end, rolled back where an exception leaves it."""
        async with self._write() as session, session.begin():
            yield session

    async def dispose(self) -> None:
        await self.reader.dispose()
        await self.writer.dispose()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(url: URL, **options: Any) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        connect_args={"server_settings": POSTGRES_SETTINGS},
        pool_pre_ping=True,
        **options,
    )


def _sqlite(url: URL) -> AsyncEngine:
    # The wheel's SQLite, not the machine's: Debian 12's parser overflows at nine nested objects.
    adapter: Any = AsyncAdapt_aiosqlite_dbapi(aiosqlite, sqlite)
    for name in (
        "Error",
        "DatabaseError",
        "IntegrityError",
        "OperationalError",
        "ProgrammingError",
        "NotSupportedError",
    ):
        setattr(adapter, name, getattr(sqlite, name))
    path = url.database
    if not path:
        raise ValueError(f"an SQLite URL must name a file, got {url.render_as_string()}")
    Path(path).parent.mkdir(parents=True, exist_ok=True)

    async def connect() -> aiosqlite.Connection:
        connection = aiosqlite.Connection(lambda: sqlite.connect(path, isolation_level=None), iter_chunk_size=64)
        try:
            return await connection
        except BaseException:
            # Its thread ends by telling this event loop, which must not be closed before.
            connection._thread.join()  # pyright: ignore[reportPrivateUsage]
            raise

    engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"), module=adapter, async_creator=connect)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
