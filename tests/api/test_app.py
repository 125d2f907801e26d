"""The application as a whole: its routes, its headers, and the worker inside it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from httpx import ASGITransport, AsyncClient

from api import embedded
from api.app import create_app
from api.settings import Settings
from db.commands.key import create_key
from db.connections.engine import Database
from seed.load import default_record, load_record
from tests.until import until
from workers import relay

FORTY = """mutation { assertClaim(input: {subject: "Organization:1", property: "EMPLOYEES",
  value: {quantity: {value: 40, unit: "employee"}}, citations: []}) {
    ... on WriteSuccess { staleMetrics { state } } } }"""
STATES = '{ organization(slug: "partnership-on-ai") { metrics { state } } }'


async def test_front_door_leads_to_graphiql(front: AsyncClient) -> None:
    response = await front.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/graphiql")


@pytest.mark.parametrize(
    ("path", "status"), [("/livez", 200), ("/graphiql", 200), ("/nothing", 404), ("/graphql", 400)]
)
async def test_every_response_carries_an_id_and_strict_headers(front: AsyncClient, path: str, status: int) -> None:
    response = await front.get(path)
    assert response.status_code == status
    assert len(response.headers["x-request-id"]) == 32
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert response.headers.get_list("content-security-policy")[1:] == []


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "BAD_REQUEST"),
        ("GET", "/graphiql/assets/none.js", 404, "BAD_REQUEST"),
        ("POST", "/livez", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/graphql", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/graphql", 400, "BAD_REQUEST"),
        ("POST", "/graphql", 415, "BAD_REQUEST"),
        ("PUT", "/graphql/stream", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_every_refusal_has_a_message_and_a_code(
    front: AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await front.request(method, path)
    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert error["message"]
    assert error["extensions"] == {"code": code}


async def test_unknown_address_is_named(front: AsyncClient) -> None:
    (error,) = (await front.get("/nothing")).json()["errors"]
    assert error["message"] == "expected a path of this service, got '/nothing'"


@pytest.mark.parametrize("given", ["a", "0f8b-4.x_Y", "x" * 64])
async def test_well_formed_request_id_is_kept(front: AsyncClient, given: str) -> None:
    response = await front.get("/livez", headers={"X-Request-Id": given})
    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "two words", "a;b", "<b>", "\u00e9"])
async def test_malformed_request_id_is_replaced(front: AsyncClient, given: str) -> None:
    response = await front.get("/livez", headers=[(b"X-Request-Id", given.encode("latin-1"))])
    assert len(response.headers["x-request-id"]) == 32


async def states(client: AsyncClient) -> set[str]:
    response = await client.post("/graphql", json={"query": STATES})
    return {metric["state"] for metric in response.json()["data"]["organization"]["metrics"]}


@asynccontextmanager
async def working(settings: Settings, database: Database) -> AsyncGenerator[tuple[AsyncClient, str]]:
    """Yield an application with a worker and fresh metrics, and its kind of Redis."""
    async with database.write() as session:
        await load_record(session, default_record())
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app=app), base_url="http://convene") as client,
    ):
        await until_fresh(client)
        yield client, app.state.redis


async def until_fresh(client: AsyncClient) -> None:
    async def is_fresh() -> bool:
        # Some of the record's metrics lack data, so they never become fresh.
        found = await states(client)
        return "FRESH" in found and "STALE" not in found

    await until(is_fresh)


async def test_worker_inside_keeps_metrics_fresh(settings: Settings, database: Database) -> None:
    async with working(settings, database) as (_, redis):
        assert redis == "embedded"


async def test_metrics_follow_where_no_redis_can_be_had(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(embedded, "WHEELS", {})
    async with working(settings, database) as (_, redis):
        assert redis == "absent"


async def test_metrics_follow_where_the_given_redis_is_away(settings: Settings, database: Database) -> None:
    async with working(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1"}), database) as (_, redis):
        assert redis == "given"


async def test_commit_wakes_the_relay(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "IDLE_S", 30)
    async with database.write() as session:
        headers = {"Authorization": f"Bearer {await create_key(session, 'a test')}"}
    async with working(settings, database) as (client, _):
        response = await client.post("/graphql", json={"query": FORTY}, headers=headers)
        assert response.json()["data"]["assertClaim"]["staleMetrics"]
        await until_fresh(client)
