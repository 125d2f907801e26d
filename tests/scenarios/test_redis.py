"""A Redis server that is missing, starts late and hangs. A user notices nothing."""

import os
import time
from pathlib import Path

import pytest
from httpx import AsyncClient

from api.settings import Settings
from db.connections.engine import Database
from tests.rows import Rows
from tests.scenarios.processes import convene, redis_server
from tests.scenarios.user import User, admitted, using
from tests.until import until
from workers import runner
from workers.relay import BATCH

# Redis starts after this time.
ABSENT_S = float(os.environ.get("CONVENE_TEST_ABSENT_S", "3"))


async def test_service_does_without_redis_until_it_comes_and_then_jobs_are_taken_from_it(
    database: Database, database_url: str, rows: Rows, tmp_path: Path
) -> None:
    headers = await admitted(database)
    socket = tmp_path / "redis.sock"
    settings = {"CONVENE_DATABASE_URL": database_url, "CONVENE_REDIS_URL": f"unix://{socket}"}
    serving = convene(tmp_path, "serve", "--no-worker", until_it_says="none: run `convene worker`", **settings)
    working = convene(tmp_path, "worker", until_it_says="Redis unavailable: jobs wait", **settings)
    async with serving as server, working as worker, AsyncClient(base_url=server.origin, headers=headers) as client:
        user = User(client)

        async def is_told(status: str) -> bool:
            answer = await user.get("/readyz")
            return answer.status_code == 200 and answer.json()["status"] == status

        absent_until = time.monotonic() + ABSENT_S
        while time.monotonic() < absent_until:
            await user.write()
            await until(user.sees_it)
            assert await is_told("degraded")
        async with redis_server(socket) as redis:
            await until(lambda: is_told("ok"))
            await until(lambda: worker.has_said("Redis connected: taking jobs"))
            # These are too many for the relay to recompute itself, so it enqueues them.
            for _ in range(2 * BATCH):
                await rows.organization()
            await rows.execute("UPDATE organization SET name = name || '!'")

            async def is_shared_out() -> bool:
                return await redis.jobs_done() > 0 and await rows.marked() == set()

            await until(is_shared_out)
            await user.write()
            await until(user.sees_it)
            redis.hang()
            await user.write()
            await until(user.sees_it)
            assert await is_told("degraded")
            redis.go_on()
            await until(lambda: is_told("ok"))
        assert (await server.end(), await worker.end()) == (0, 0)


async def test_mutation_is_answered_while_enqueueing_waits_for_a_hung_redis(
    database: Database, database_url: str, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With an hour as the timeout, enqueueing waits for the server that hangs.
    monkeypatch.setattr(runner, "ENQUEUE_TIMEOUT_S", 3600)
    headers = await admitted(database)
    settings = Settings(database_url=database_url, data_dir=tmp_path, redis_url=f"unix://{tmp_path / 'redis.sock'}")
    async with redis_server(tmp_path / "redis.sock") as redis, using(settings, headers) as user:
        await user.write()
        await until(user.sees_it)
        for _ in range(2 * BATCH):
            await rows.organization()
        redis.hang()
        # The relay enqueues these organizations before it looks for later marks.
        await rows.execute("UPDATE organization SET name = name || '!'")
        for _ in range(10):
            await user.write()
        assert not await user.sees_it()
        redis.go_on()
        await until(user.sees_it)
