"""The samples at `/metrics` after a known number of requests."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from httpx import AsyncClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from api import prometheus
from db.connections.engine import Database
from db.values.vocabulary import JobStatus, Urgency
from tests.api.test_persisted import ask, hashed
from tests.rows import Rows

DATA = "{ organizations(first: 1) { totalCount } }"


async def samples(client: AsyncClient) -> dict[str, float]:
    """Return the values of the samples, by name and labels."""
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert response.headers["cache-control"] == "no-store"
    return {
        " ".join([sample.name, *(f"{name}={value}" for name, value in sample.labels.items())]): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_kind_and_outcome(client: AsyncClient) -> None:
    write = 'mutation { setClaimRank(claim: "Claim:1", rank: NORMAL, write: {}) { __typename } }'
    for query in (DATA, DATA, "{", "{ nothing }", write, '{ organization(slug: "No") { id } }'):
        await client.post("/graphql", json={"query": query})
    await client.get("/graphql", params={"query": write})
    tag = (await client.get("/graphql", params={"query": DATA})).headers["etag"]
    await client.get("/graphql", params={"query": DATA}, headers={"If-None-Match": tag})
    found = await samples(client)
    prefix = "convene_request_seconds_count "
    counted = {name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)}
    assert counted == {
        "kind=query outcome=data": 3,
        "kind=query outcome=refused": 1,
        "kind=query outcome=unchanged": 1,
        "kind=mutation outcome=data": 1,
        "kind=mutation outcome=write": 1,
        "kind=unknown outcome=refused": 2,
    }
    assert found["convene_request_seconds_bucket kind=query le=+Inf outcome=data"] == 3
    assert found["convene_request_seconds_sum kind=query outcome=data"] > 0


async def test_failure_is_counted(front: AsyncClient) -> None:
    # The database has no tables.
    assert (await front.post("/graphql", json={"query": DATA})).status_code == 500
    assert (await samples(front))["convene_request_seconds_count kind=unknown outcome=failed"] == 1


async def test_caches_tell_how_full_they_are_and_what_they_spare(client: AsyncClient) -> None:
    before = await samples(client)
    for _ in range(3):
        await client.post("/graphql", json={"query": DATA})
    await ask(client, "POST", hashed(DATA), DATA)
    await ask(client, "POST", hashed(DATA))
    await ask(client, "POST", hashed("{ __typename }"))
    after = await samples(client)
    gained = {name: value - before[name] for name, value in after.items() if name.startswith("convene_cache")}
    assert gained.pop("convene_cache_characters cache=plans") > 100
    assert gained == {
        "convene_cache_lookups_total cache=plans result=hit": 4,
        "convene_cache_lookups_total cache=plans result=miss": 1,
        "convene_cache_lookups_total cache=documents result=hit": 5,
        "convene_cache_lookups_total cache=documents result=miss": 1,
        "convene_cache_lookups_total cache=persisted_queries result=hit": 1,
        "convene_cache_lookups_total cache=persisted_queries result=miss": 1,
        "convene_cache_entries cache=plans": 1,
        "convene_cache_entries cache=documents": 1,
        "convene_cache_entries cache=persisted_queries": 1,
        "convene_cache_characters cache=documents": len(DATA),
        "convene_cache_characters cache=persisted_queries": len(DATA),
    }
    assert after["convene_statement_seconds_count"] - before["convene_statement_seconds_count"] == 5


async def test_process_is_measured(front: AsyncClient) -> None:
    found = await samples(front)
    assert found["process_resident_memory_bytes"] > 10_000_000
    assert found["process_cpu_seconds_total"] > 0


async def queue(client: AsyncClient) -> dict[str, float]:
    prefix = "convene_queue_"
    found = await samples(client)
    return {name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)}


IDLE = {
    "up": 1,
    "oldest_mark_age_seconds": 0,
    "marked_organizations": 0,
    "queued_jobs": 0,
    "running_organizations": 0,
    "dead_jobs": 0,
    "workers": 0,
}


async def test_queue_of_an_empty_registry_has_nothing_to_do(client: AsyncClient, rows: Rows) -> None:
    await rows.clear()
    assert await queue(client) == IDLE


async def test_queue_tells_how_far_the_workers_are_behind(client: AsyncClient, rows: Rows) -> None:
    marked = [await rows.organization(convener=True) for _ in range(2)]
    await rows.clear()
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    for organization in (*marked, marked[0]):
        await rows.insert("mark", organization_id=organization, at=long_ago, urgency=Urgency.LIVE)
    for status in (*[JobStatus.DEAD] * 3, JobStatus.QUEUED, JobStatus.RETRYING, JobStatus.CANCELLED):
        await rows.insert(
            "job", kind="k", status=status, attempts=1, max_attempts=5, enqueued_at=long_ago, newest_mark=0
        )
    for running, seen_at in ((7, datetime.now(UTC)), (4, long_ago)):
        await rows.insert("worker", name=str(running), started_at=long_ago, seen_at=seen_at, running=running)
    found = await queue(client)
    assert 600 <= found.pop("oldest_mark_age_seconds") < 900
    assert found == {
        "up": 1,
        "marked_organizations": 2,
        "queued_jobs": 2,
        "running_organizations": 7,
        "dead_jobs": 3,
        "workers": 1,
    }


async def test_queue_is_asked_of_the_database_by_one_statement(database: Database) -> None:
    statements: list[str] = []
    event.listen(database.reader.sync_engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    assert len(list((await prometheus.queue(database)).collect())) == len(IDLE)
    assert len(statements) == 1


async def test_queue_is_down_where_nobody_listens() -> None:
    database = Database("postgresql://convene@127.0.0.1:1/convene")
    assert told(await prometheus.queue(database)) == {"convene_queue_up": 0}
    await database.dispose()


async def test_queue_is_down_where_the_database_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus, "TIMEOUT_S", 0.1)
    async with silent_server() as port:
        database = Database(f"postgresql://convene@127.0.0.1:{port}/convene")
        assert told(await prometheus.queue(database)) == {"convene_queue_up": 0}
        await database.dispose()


@asynccontextmanager
async def silent_server() -> AsyncGenerator[int]:
    """Yield the port of a server that accepts connections and never answers."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def told(queue: prometheus.Queue) -> dict[str, float]:
    return {sample.name: sample.value for family in queue.collect() for sample in family.samples}


async def test_without_its_figures_all_else_is_told(front: AsyncClient) -> None:
    # The database has no tables.
    found = await samples(front)
    assert {name: value for name, value in found.items() if name.startswith("convene_queue")} == {"convene_queue_up": 0}
    assert found["process_cpu_seconds_total"] > 0


async def test_each_application_counts_its_own(client: AsyncClient, front: AsyncClient) -> None:
    await client.post("/graphql", json={"query": DATA})
    assert (await samples(front))["convene_statement_seconds_count"] == 0
