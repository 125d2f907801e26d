"""Health checks while the database and Redis come and go."""

from pathlib import Path

import pytest
from httpx import AsyncClient

from api.embedded import EmbeddedRedis
from api.settings import Settings
from tests.api.conftest import running
from tests.rows import Rows


async def readiness(client: AsyncClient) -> tuple[int, dict[str, str]]:
    response = await client.get("/readyz")
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, response.json()


async def test_service_with_database_and_redis_is_ready(settings: Settings, tmp_path: Path) -> None:
    async with (
        EmbeddedRedis(tmp_path) as redis,
        running(settings.model_copy(update={"redis_url": redis.url})) as client,
    ):
        assert await readiness(client) == (200, {"status": "ok", "database": "ok", "redis": "ok"})
        await redis.stop()
        degraded = {"status": "degraded", "database": "ok", "redis": "unreachable"}
        assert await readiness(client) == (200, degraded)


async def test_service_without_redis_is_ready_but_degraded(client: AsyncClient) -> None:
    assert await readiness(client) == (200, {"status": "degraded", "database": "ok", "redis": "absent"})


async def test_database_of_another_version_is_not_ready(client: AsyncClient, rows: Rows) -> None:
    await rows.execute("UPDATE alembic_version SET version_num = '0000'")
    state = {"status": "unavailable", "database": "not migrated", "redis": "absent"}
    assert await readiness(client) == (503, state)


async def test_empty_database_is_not_ready(front: AsyncClient) -> None:
    state = {"status": "unavailable", "database": "not migrated", "redis": "absent"}
    assert await readiness(front) == (503, state)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:///{}"])
async def test_database_that_is_away_makes_it_unready_but_alive(tmp_path: Path, url: str) -> None:
    # SQLite cannot open a directory.
    settings = Settings(database_url=url.format(tmp_path), data_dir=tmp_path)
    async with running(settings) as client:
        state = {"status": "unavailable", "database": "unreachable", "redis": "absent"}
        assert await readiness(client) == (503, state)
        response = await client.get("/livez")
        assert (response.status_code, response.json()) == (200, {"status": "ok"})
