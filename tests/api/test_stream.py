"""Server-sent events at `/graphql/stream`: the protocol, its refusals, and the end of a stream."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import stream
from api.settings import Settings
from tests.api.live import CHANGED, REVENUE, Address, Registry, serving, streaming

NAME = "{ __typename }"
WRITE = 'mutation { setClaimRank(claim: "Claim:1", rank: NORMAL, write: {}) { __typename } }'


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Address]:
    """Yield the address of a server for requests that are decided without the database, which is empty."""
    (tmp_path / "convene.db").touch()
    async with serving(Settings(data_dir=tmp_path)) as address:
        yield address


async def refusal(address: Address, status: int, method: str = "POST", **asked: Any) -> str:
    async with httpx.AsyncClient() as client:
        response = await client.request(method, f"{address.origin}/graphql/stream", **asked)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json; charset=utf-8")
    return response.json()["errors"][0]["message"]


async def test_events_are_streamed_until_the_client_goes(address: Address, registry: Registry) -> None:
    async with streaming(address, REVENUE) as events:
        assert events.response.status_code == 200
        headers = events.response.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        assert headers["x-request-id"]
        # The first comment shows that the stream has begun.
        assert await events.next() == ":"
        for count, value in ((40, "165000"), (50, "132000")):
            await registry.employ(count)
            assert await events.event() == {"value": {"value": value}}
        await address.are_open(1)
    await address.are_open(0)


async def test_comments_keep_the_connection_alive(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "KEEP_ALIVE_S", 0.05)
    async with streaming(address, CHANGED, "GET") as events:
        assert [await events.next() for _ in range(3)] == [":"] * 3


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_query_is_answered_and_complete(front: Address, method: str) -> None:
    async with streaming(front, NAME, method) as events:
        assert await events.rest() == [("next", {"data": {"__typename": "Query"}}), ("complete", None)]


@pytest.mark.parametrize(
    ("query", "method", "said"),
    [
        ("{", "POST", "Syntax Error"),
        ("subscription { nothing }", "GET", "Cannot query field"),
        ('subscription { metricChanged(afterChange: "Change:9") { id } }', "POST", "got 'Change:9'"),
        (WRITE, "GET", "expected a query, got a mutation: send it by POST"),
    ],
)
async def test_operation_that_can_not_run_is_told_in_the_stream(
    address: Address, query: str, method: str, said: str
) -> None:
    async with streaming(address, query, method) as events:
        (name, response), last = await events.rest()
    assert (name, last) == ("next", ("complete", None))
    assert "data" not in response
    assert said in response["errors"][0]["message"]
    assert response["errors"][0]["extensions"]["code"]
    await address.are_open(0)


async def test_request_that_can_not_be_read_is_refused(front: Address) -> None:
    body = {"query": CHANGED}
    assert "expected the body to be a JSON object, got an array" in await refusal(front, 400, json=[1])
    assert "expected query to be" in await refusal(front, 400, "GET")
    assert "GET or POST, got PUT" in await refusal(front, 405, "PUT")
    assert "expected Content-Type application/json" in await refusal(front, 415, content="query")
    assert "expected Accept to allow text/event-stream" in await refusal(
        front, 406, json=body, headers={"Accept": "text/html"}
    )
    assert "Bearer KEY" in await refusal(front, 401, json=body, headers={"Authorization": "Basic x"})


async def test_process_has_so_many_subscriptions_at_a_time(settings: Settings) -> None:
    settings.max_subscriptions = 1
    async with serving(settings) as address, streaming(address, CHANGED) as events:
        await events.next()
        said = await refusal(address, 503, json={"query": CHANGED})
    assert said == "expected at most 1 subscriptions in a process, got 2: try again later"


async def test_end_of_the_server_breaks_the_stream_off(settings: Settings) -> None:
    """The stream must not end with `complete`, because a client does not reconnect after that."""
    async with serving(settings) as address, streaming(address, CHANGED) as events:
        await events.next()
        assert address.app is not None
        address.app.state.feed.end()
        assert await events.rest() == []


async def test_client_that_vanishes_leaves_nothing_behind(address: Address) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(5):
        async with streaming(address, CHANGED) as events:
            await events.next()
            await events.response.aclose()
    await address.are_open(0)
    await asyncio.sleep(0.1)
    assert len(asyncio.all_tasks()) <= before
