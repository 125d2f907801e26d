"""Automatic persisted queries, as Apollo's clients send them."""

import json
from hashlib import sha256
from typing import Any

import pytest
from httpx import AsyncClient, Response

from api import persisted
from api.persisted import PersistedQueries

QUERY = "query Named($on: Boolean = true) { name: __typename @include(if: $on) }"
NOT_FOUND = {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}


def hashed(query: str, **more: Any) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest(), **more}}


async def ask(client: AsyncClient, method: str, extensions: Any, query: str | None = None) -> Response:
    given = {"query": query} if query is not None else {}
    if method == "POST":
        return await client.post("/graphql", json={**given, "extensions": extensions})
    return await client.get("/graphql", params={**given, "extensions": json.dumps(extensions)})


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_document_sent_once_is_found_by_its_hash(front: AsyncClient, method: str) -> None:
    unknown = await ask(front, method, hashed(QUERY))
    assert (unknown.status_code, unknown.json()) == (200, NOT_FOUND)
    assert unknown.headers["cache-control"] == "no-store"
    for query in (QUERY, None, None):
        assert (await ask(front, method, hashed(QUERY), query)).json() == {"data": {"name": "Query"}}


async def test_get_by_hash_is_answered_once_while_nothing_changes(front: AsyncClient) -> None:
    await ask(front, "POST", hashed(QUERY), QUERY)
    first = await ask(front, "GET", hashed(QUERY))
    address = first.request.url
    again = await front.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


async def test_variables_go_with_the_hash(front: AsyncClient) -> None:
    await ask(front, "POST", hashed(QUERY), QUERY)
    body = {"extensions": hashed(QUERY), "variables": {"on": False}, "operationName": "Named"}
    assert (await front.post("/graphql", json=body)).json() == {"data": {}}


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    ("extensions", "message"),
    [
        (hashed("other"), "expected extensions.persistedQuery.sha256Hash to be the query's SHA-256, got another"),
        (hashed(QUERY, version=2), "expected extensions.persistedQuery.version 1, got 2"),
        (hashed(QUERY, version="1"), "expected extensions.persistedQuery.version 1, got '1'"),
        ({"persistedQuery": {}}, "expected extensions.persistedQuery.version 1, got None"),
        ({"persistedQuery": 1}, "expected extensions.persistedQuery to be an object, got a number"),
        (hashed(QUERY, sha256Hash=1), "expected extensions.persistedQuery.sha256Hash to be a string, got a number"),
    ],
)
async def test_bad_persisted_query_requests_are_refused(
    front: AsyncClient, method: str, extensions: Any, message: str
) -> None:
    response = await ask(front, method, extensions, QUERY)
    assert response.status_code == 400
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]}


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query A { __typename } query B { __typename }"])
async def test_document_that_cannot_run_is_not_kept(front: AsyncClient, query: str) -> None:
    refused = await ask(front, "POST", hashed(query), query)
    assert "errors" in refused.json()
    assert refused.json() != NOT_FOUND
    assert (await ask(front, "POST", hashed(query))).json() == NOT_FOUND


async def test_mutation_by_hash_is_not_run_by_get(front: AsyncClient) -> None:
    write = 'mutation { setClaimRank(claim: "Claim:1", rank: NORMAL, write: {}) { __typename } }'
    assert "data" in (await ask(front, "POST", hashed(write), write)).json()
    assert (await ask(front, "GET", hashed(write))).status_code == 405


def test_cache_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persisted, "CHARACTERS", 10)
    kept = PersistedQueries().kept
    kept.put("a", "x" * 6)
    kept.put("b", "y" * 6)
    assert (kept.get("a"), kept.get("b")) == (None, "y" * 6)
