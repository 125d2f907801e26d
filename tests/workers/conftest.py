"""Fixtures of the workers' tests: a real Redis server on request, and rows by plain INSERT."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.embedded import EmbeddedRedis
from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from tests.rows import Rows
from workers.metrics.catalogue import CATALOGUE


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[EmbeddedRedis]:
    async with EmbeddedRedis(tmp_path) as redis:
        yield redis


@pytest.fixture
def redis_url(redis: EmbeddedRedis) -> str:
    return redis.url


@pytest.fixture
async def rows(database: Database) -> Rows:
    """Return rows in a database in which all metrics are defined, as in every running program."""
    async with database.write() as session:
        await sync_definitions(session, CATALOGUE)
    return Rows(database)
