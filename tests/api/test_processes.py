"""Several processes on one database: a recompute in one reaches the subscribers of another."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import feed
from api.embedded import EmbeddedRedis
from api.settings import Settings
from db.commands.key import create_key
from db.connections.engine import Database
from seed.load import default_record, load_record
from tests.api import live
from tests.api.live import Address, Registry, streaming, talking
from tests.api.test_serve import serving
from tests.workers.facts import exactly
from workers.main import working

CHANGED = (
    'subscription($after: ID) { metricChanged(keys: ["revenue_per_employee"], afterChange: $after)'
    " { value { value } computedFromChange } }"
)
EMPLOY = """mutation($count: Decimal!) {
  assertClaim(input: {
    subject: "Organization:1", property: "EMPLOYEES", citations: []
    value: {quantity: {value: $count, unit: "employee"}}
  }) { __typename ... on MutationError { message } } }"""


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[EmbeddedRedis]:
    async with EmbeddedRedis(tmp_path / "redis") as redis:
        yield redis


@pytest.fixture
async def workers(database_url: str) -> AsyncIterator[Database]:
    """Yield the database as another process than the API has it."""
    database = Database(database_url)
    yield database
    await database.dispose()


async def test_announcement_of_a_worker_wakes_the_feed(
    settings: Settings, registry: Registry, workers: Database, redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only a message makes the feed read the log.
    monkeypatch.setattr(feed, "LOOK_S", 60)
    settings.redis_url = redis.url
    async with live.serving(settings) as address, working(workers, redis.url), talking(address) as client:
        await client.begin()
        await client.subscribe(CHANGED)
        await address.subscribed()
        await registry.rows.claim("EMPLOYEES", exactly(40, "employee"), subject_organization_id=registry.convener)
        assert (await client.event())["value"] == {"value": "165000"}


async def test_worker_in_the_same_process_wakes_the_feed_without_redis(
    settings: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LOOK_S", 60)
    # Nothing listens on this port.
    settings.redis_url = "unix:///nowhere/redis.sock"
    async with live.serving(settings, with_worker=True) as address, talking(address) as client:
        await client.begin()
        await client.subscribe(CHANGED)
        await address.subscribed()
        await registry.rows.claim("EMPLOYEES", exactly(40, "employee"), subject_organization_id=registry.convener)
        assert (await client.event())["value"] == {"value": "165000"}


class Writer:
    """Writes through an API process."""

    def __init__(self, origin: str, key: str) -> None:
        self._origin = origin
        self._headers = {"Authorization": f"Bearer {key}"}

    async def employ(self, count: int) -> None:
        body = {"query": EMPLOY, "variables": {"count": str(count)}}
        async with httpx.AsyncClient(timeout=20) as client:
            response = await client.post(f"{self._origin}/graphql", json=body, headers=self._headers)
        assert response.json() == {"data": {"assertClaim": {"__typename": "AssertClaimSuccess"}}}


async def test_write_through_one_process_reaches_the_subscribers_of_another(
    database: Database, database_url: str, tmp_path: Path, redis: EmbeddedRedis
) -> None:
    async with database.write() as session:
        await load_record(session, default_record())
        key = await create_key(session, "a test")
    given = {"CONVENE_DATABASE_URL": database_url, "CONVENE_REDIS_URL": redis.url}
    with serving(tmp_path / "a", **given) as one, serving(tmp_path / "b", "--no-worker", **given) as other:
        writer, address = Writer(one.origin, key), Address(None, other.origin)
        async with talking(address) as client:
            await client.begin()
            await client.subscribe(CHANGED)
            await address.subscribed()
            await writer.employ(40)
            told = await _told(client, "165000")
            # Redis hangs and is then killed, so events must come from the log.
            assert redis.pid
            os.kill(redis.pid, signal.SIGSTOP)
            await writer.employ(41)
            told = await _next(client, told)
            os.kill(redis.pid, signal.SIGKILL)
            await writer.employ(42)
            told = await _next(client, told)
        # The outage begins here.
        await writer.employ(43)
        async with talking(address) as client:
            await client.begin()
            await client.subscribe(CHANGED, after=told["computedFromChange"])
            # The client may get its last event again.
            await _next(client, told)
        other.end(signal.SIGTERM)
        one.end(signal.SIGTERM)


async def _told(client: live.Client, value: str) -> Any:
    while (told := await client.event())["value"] != {"value": value}:
        pass
    return told


async def _next(client: live.Client, last: Any) -> Any:
    """Return the next event with a newer change than the last one."""
    while (told := await client.event())["computedFromChange"] == last["computedFromChange"]:
        pass
    return told


async def test_end_of_the_server_is_told_and_not_held_up(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path, CONVENE_DATABASE_URL=database_url) as served:
        address = Address(None, served.origin)
        async with talking(address) as client, streaming(address, live.CHANGED) as events:
            await client.begin()
            await client.subscribe(live.CHANGED)
            await address.subscribed(2)
            began = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            rest = asyncio.create_task(events.rest())
            assert (await client.closed())[0] == 1012
            # The response ends properly but without `complete`, so the client reconnects.
            assert ("complete", None) not in await rest
            # As in `test_serve`: open requests are cancelled after two seconds.
            assert await asyncio.to_thread(served.process.wait, 10) == 0
            assert time.monotonic() - began < 4
