"""What Prometheus is told, after a known number of requests."""

from httpx import AsyncClient
from prometheus_client.parser import text_string_to_metric_families

from tests.api.test_persisted import ask, hashed

DATA = "{ organizations(first: 1) { totalCount } }"


async def samples(client: AsyncClient) -> dict[str, float]:
    """Each sample's value, by its name and labels as they are written."""
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
    # Its database has no tables.
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


async def test_each_application_counts_its_own(client: AsyncClient, front: AsyncClient) -> None:
    await client.post("/graphql", json={"query": DATA})
    assert (await samples(front))["convene_statement_seconds_count"] == 0
