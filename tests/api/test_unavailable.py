"""Requests while the database is away or takes no writes: 503, a stable code, and one line in the log."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import make_url
from structlog.testing import capture_logs

from api.settings import Settings
from db.commands.key import create_key
from db.connections import engine
from db.connections.drivers import asyncpg
from db.connections.engine import Database
from tests.api.conftest import running
from tests.api.live import serving, talking

QUERY = "{ organizations { totalCount } }"
SIMULATE = """{ simulate(organization: "Organization:1", keys: ["revenue_per_employee"], changes: [
  {claim: {property: "EMPLOYEES", value: {quantity: {value: 40, unit: "employee"}}}}]) { key } }"""
RANK = 'setClaimRank(claim: "Claim:1", rank: DEPRECATED, write: {reason: "hush"}) { __typename }'
ONE, TWO = f"mutation {{ {RANK} }}", f"mutation {{ a: {RANK} b: {RANK} }}"


@pytest.fixture(params=["sqlite", "postgres"])
async def away(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    """A client of a service whose database is away."""
    urls = {"sqlite": f"sqlite:///{tmp_path}/none.db", "postgres": "postgresql://ada:hush@127.0.0.1:1/none"}
    async with running(Settings(database_url=urls[request.param], data_dir=tmp_path)) as client:
        yield client


def assert_unavailable(response: Response, logs: list[Any]) -> None:
    """The response says to try again later, and the log has the reason in one line without the operation's values."""
    assert response.status_code == 503, response.text
    assert response.headers["retry-after"] == "5"
    assert response.headers["cache-control"] == "no-store"
    (error,) = response.json()["errors"]
    id = response.headers["x-request-id"]
    assert error["message"] == "expected the database to answer, got no answer: retry later"
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "requestId": id}
    (line,) = logs
    assert line.keys() == {"event", "log_level", "request_id", "error"}
    assert (line["event"], line["log_level"], line["request_id"]) == ("database unavailable", "warning", id)
    assert not any(word in line["error"] for word in ("\n", "hush", "Errno", "[SQL"))


REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/graphql", {"json": {"query": QUERY}}),
    ("POST", "/graphql", {"json": {"query": SIMULATE}}),
    ("GET", "/graphql", {"params": {"query": QUERY}}),
    ("POST", "/graphql", {"json": {"query": ONE}, "headers": {"Authorization": "Bearer hush"}}),
    ("POST", "/graphql/stream", {"json": {"query": QUERY}}),
]


@pytest.mark.parametrize(("method", "path", "content"), REQUESTS, ids=("query", "simulate", "get", "key", "stream"))
async def test_request_without_a_database(away: AsyncClient, method: str, path: str, content: dict[str, Any]) -> None:
    with capture_logs() as logs:
        response = await away.request(method, path, **content)
    assert_unavailable(response, logs)


async def test_socket_without_a_database(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/none.db", data_dir=tmp_path)
    async with serving(settings) as address, talking(address) as client:
        await client.say(type="connection_init", payload={"Authorization": "Bearer hush"})
        assert await client.closed() == (1013, "expected the database to answer, got no answer: retry later")


@pytest.fixture
async def refuse_writes(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Awaitable[None]]:
    """Makes the database read-only for connections that open later."""

    async def refuse() -> None:
        if database_url.startswith("sqlite"):
            monkeypatch.setattr(engine, "SQLITE_PRAGMAS", (*engine.SQLITE_PRAGMAS, engine.QUERY_ONLY))
            return
        connection = await asyncpg.connect(database_url)
        name = make_url(database_url).database
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await connection.close()

    return refuse


@pytest.mark.parametrize(("document", "status"), [(ONE, 503), (TWO, 200)])
async def test_mutation_on_a_read_only_database(
    database: Database,
    settings: Settings,
    refuse_writes: Callable[[], Awaitable[None]],
    record: None,
    document: str,
    status: int,
) -> None:
    async with database.write() as session:
        headers = {"Authorization": f"Bearer {await create_key(session, 'a test')}"}
    await refuse_writes()
    async with running(settings) as client:
        with capture_logs() as logs:
            response = await client.post("/graphql", json={"query": document}, headers=headers)
        if status == 503:
            assert_unavailable(response, logs)
        else:
            # The first of several may be committed, so nobody is told to send them all again.
            assert response.status_code == 200
            assert response.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        assert (await client.post("/graphql", json={"query": QUERY})).status_code == 200
