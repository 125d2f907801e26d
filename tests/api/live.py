"""The application behind a real server, and clients for WebSocket and server-sent events."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Self

import httpx
import orjson
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.app import create_app
from api.request import MAX_BODY_BYTES
from api.settings import Settings
from db.connections.engine import Database
from tests.rows import Rows
from tests.until import until
from tests.workers.facts import exactly
from workers.recompute import recompute

PROTOCOL = Subprotocol("graphql-transport-ws")
CHANGED = "subscription { metricChanged { id definition { key } value { value } state } }"
REVENUE = 'subscription { metricChanged(keys: ["revenue_per_employee"]) { value { value } } }'


class Quiet(uvicorn.Server):
    """A server that leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Address:
    """The address of an application, and what its metrics tell."""

    def __init__(self, app: Starlette | None, origin: str) -> None:
        self.app = app
        self.origin = origin

    async def samples(self) -> dict[str, float]:
        """Return the values at `/metrics`, by name and labels."""
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{self.origin}/metrics")).text
        return {
            " ".join([sample.name, *sample.labels.values()]): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def subscribed(self, count: int = 1) -> None:
        """Wait until this many subscriptions have started in all. They hear of every later commit."""

        async def are() -> bool:
            return (await self.samples()).get("convene_request_seconds_count subscription data", 0) >= count

        await until(are)

    async def are_open(self, count: int) -> None:
        async def are() -> bool:
            return (await self.samples())["convene_subscriptions_open"] == count

        await until(are)


@asynccontextmanager
async def serving(settings: Settings, *, with_worker: bool = False) -> AsyncGenerator[Address]:
    app = create_app(settings, with_worker=with_worker)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2, ws_max_size=2 * MAX_BODY_BYTES)
        server = Quiet(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await until(lambda: asyncio.sleep(0, server.started))
        try:
            yield Address(app, f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            app.state.feed.end()
            server.should_exit = True
            await task


class Client:
    """A WebSocket that sends and receives one message at a time."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(orjson.dumps(message).decode())

    async def hear(self) -> Any:
        async with asyncio.timeout(10):
            return orjson.loads(await self.socket.recv())

    async def begin(self, **payload: Any) -> Self:
        await self.say(type="connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}
        return self

    async def subscribe(self, query: str, id: str = "1", **variables: Any) -> None:
        await self.say(id=id, type="subscribe", payload={"query": query, "variables": variables})

    async def event(self, id: str = "1") -> Any:
        """Return the metric in the next message."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("next", id), message
        assert message["payload"].keys() == {"data"}, message
        return message["payload"]["data"]["metricChanged"]

    async def closed(self) -> tuple[int | None, str | None]:
        """Return the close code and reason after all earlier messages. Only a client that reads notices the end."""
        async with asyncio.timeout(10):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code, self.socket.close_reason


@asynccontextmanager
async def talking(address: Address, **options: Any) -> AsyncGenerator[Client]:
    url = address.origin.replace("http", "ws", 1) + "/graphql"
    async with connect(url, **({"subprotocols": [PROTOCOL]} | options)) as socket:
        yield Client(socket)


class Events:
    """A stream of server-sent events that returns one at a time."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any] | str:
        """Return the next event with its data, or the next comment."""
        async with asyncio.timeout(15):
            return await self._next()

    async def _next(self) -> tuple[str, Any] | str:
        name, data = "", ""
        async for line in self._lines:
            if line.startswith(":"):
                return line
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data:"):
                data = line[5:].strip()
            elif name:
                return name, orjson.loads(data) if data else None
        raise EOFError

    async def event(self) -> Any:
        """Return the metric in the next event."""
        while isinstance(found := await self.next(), str):
            pass
        assert found[0] == "next", found
        return found[1]["data"]["metricChanged"]

    async def rest(self) -> list[tuple[str, Any]]:
        """Return the events up to the end of the stream."""
        found: list[tuple[str, Any]] = []
        try:
            while True:
                one = await self.next()
                found += [] if isinstance(one, str) else [one]
        except EOFError:
            return found


@asynccontextmanager
async def streaming(address: Address, query: str, method: str = "POST", **variables: Any) -> AsyncIterator[Events]:
    url = f"{address.origin}/graphql/stream"
    parameters: dict[str, Any] = {"query": query, "variables": variables}
    if method == "GET":
        asked: dict[str, Any] = {"params": parameters | {"variables": orjson.dumps(variables).decode()}}
    else:
        asked = {"json": parameters}
    headers = {"Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream(method, url, headers=headers, **asked) as response,
    ):
        yield Events(response)


class Registry:
    """A convener whose revenue per employee a test can change."""

    def __init__(self, database: Database, rows: Rows, convener: int) -> None:
        self.database = database
        self.rows = rows
        self.convener = convener

    async def employ(self, count: int, convener: int | None = None) -> None:
        """Set the number of employees and recompute the metrics."""
        id = convener or self.convener
        await self.rows.execute(
            "DELETE FROM claim WHERE quantity_unit = 'employee' AND subject_organization_id = :id", id=id
        )
        await self.rows.claim("EMPLOYEES", exactly(count, "employee"), subject_organization_id=id)
        await recompute(self.database, [id])
