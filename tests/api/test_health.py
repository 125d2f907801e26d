"""Health checks while the database and Redis come and go."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from httpx import AsyncClient
from sqlalchemy import make_url, text

from api import health
from api.embedded import EmbeddedRedis
from api.settings import Settings
from db.connections import engine
from db.connections.drivers import asyncpg
from db.connections.engine import Database
from tests import shared
from tests.api.conftest import running
from tests.rows import Rows
from tests.until import until


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


async def test_read_only_database_is_not_ready(
    database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_url.startswith("sqlite"):
        monkeypatch.setattr(engine, "SQLITE_PRAGMAS", (*engine.SQLITE_PRAGMAS, engine.QUERY_ONLY))
    else:
        connection = await asyncpg.connect(database_url)
        name = make_url(database_url).database
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await connection.close()
    async with running(settings) as client:
        state = {"status": "unavailable", "database": "not writable", "redis": "absent"}
        assert await readiness(client) == (503, state)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB, if this machine lets the tests mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if (
        not mount
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "none", disk], capture_output=True).returncode
    ):
        pytest.skip("this machine mounts no disk for the tests")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


async def test_full_disk_is_not_ready(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "WRITE_EVERY_S", 0.0)
    with shared.new_database("sqlite", small_disk) as url:
        async with running(Settings(database_url=url, data_dir=small_disk)) as client:
            assert await is_ready(client)
            with suppress(OSError):
                (small_disk / "rest").write_bytes(bytes(4 << 20))
            # The log's last page has room for some writes.
            await until(lambda: is_not_writable(client))
            (small_disk / "rest").unlink()
            await until(lambda: is_ready(client))


async def is_not_writable(client: AsyncClient) -> bool:
    code, state = await readiness(client)
    return (code, state["database"]) == (503, "not writable")


async def is_ready(client: AsyncClient) -> bool:
    return (await readiness(client))[0] == 200


async def test_writer_at_work_leaves_the_database_ready(client: AsyncClient, database: Database) -> None:
    async with database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = version_num"))
        assert (await readiness(client))[0] == 200


async def test_many_requests_share_one_probe(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    probes: list[str] = []
    probe = Database.probe

    async def count(database: Database, sql: str, *, writes: bool) -> object:
        probes.append(sql)
        return await probe(database, sql, writes=writes)

    monkeypatch.setattr(Database, "probe", count)
    monkeypatch.setattr(health, "REMEMBERED_S", 60.0)
    async with running(settings) as client:
        answers = await asyncio.gather(*(readiness(client) for _ in range(20)))
        answers += [await readiness(client)]
    assert {code for code, _ in answers} == {200}
    assert len(probes) == 1


async def test_readiness_is_asked_often_and_keeps_the_etag(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "REMEMBERED_S", 0.0)
    async with running(settings) as client:
        assert await is_ready(client)
        before = await database.state()
        for _ in range(3):
            assert await is_ready(client)
        assert await database.state() == before
