"""Fixtures: the whole application on each database, over ASGI, its settings and its command line."""

import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import app
from api.settings import Settings
from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from tests.api.live import Address, Registry, serving
from tests.rows import Rows
from tests.workers.derived import page
from workers.metrics.catalogue import CATALOGUE
from workers.recompute import recompute

Run = Callable[..., Result]


@pytest.fixture
def signals_and_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keeps the signals and the logs with pytest: commands that serve change them for the whole process."""
    monkeypatch.setattr("api.log.configure", lambda: None)
    handlers = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield
    for name, handler in handlers.items():
        signal.signal(name, handler)


@pytest.fixture
def alone(signals_and_logs: None, tmp_path: Path) -> Run:
    """Runs a command with an empty data directory."""

    def run(*arguments: str, **environment: str) -> Result:
        nothing = {"CONVENE_DATABASE_URL": "", "CONVENE_REDIS_URL": "", "CONVENE_PORT": "0", "CONVENE_HOST": ""}
        return CliRunner().invoke(app, arguments, env=nothing | {"CONVENE_DATA_DIR": str(tmp_path)} | environment)

    return run


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path)


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[AsyncClient]:
    app = create_app(settings, with_worker=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app=app), base_url="http://convene") as client,
    ):
        yield client


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[AsyncClient]:
    async with running(settings) as client:
        yield client


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[AsyncClient]:
    """Yield a client for requests that are decided without the database, which is empty."""
    (tmp_path / "convene.db").touch()
    async with running(Settings(data_dir=tmp_path)) as client:
        yield client


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


@pytest.fixture
async def address(settings: Settings) -> AsyncIterator[Address]:
    """Yield the address of the application behind a real server. It has no worker, so tests recompute themselves."""
    async with serving(settings) as address:
        yield address


@pytest.fixture
async def registry(database: Database, rows: Rows) -> Registry:
    """Return a convener with computed metrics. Its revenue per employee is 6.6 million divided by the employees."""
    async with database.write() as session:
        await sync_definitions(session, CATALOGUE)
    convener = await page(rows)
    await recompute(database, [convener])
    return Registry(database, rows, convener)
