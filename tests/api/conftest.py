"""The whole application on each database, asked over ASGI, and the settings it was made from."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from api.app import create_app
from db.engine import Database
from db.settings import Settings
from tests.rows import Rows


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
    """For what is decided before a database is asked: the one behind it is empty."""
    async with running(Settings(data_dir=tmp_path)) as client:
        yield client


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)
