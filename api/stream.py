"""`/graphql/stream`: GraphQL over server-sent events (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md).

Each request is an operation and each response its stream, the protocol's distinct connections mode. What is wrong with
an operation is told in the stream, since a browser's `EventSource` shows nothing else.
"""

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import Any, Final

import orjson
import structlog
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api.auth import authenticate
from api.graphql import NOT_FOUND, Observe, failure
from api.persisted import NotFound, PersistedQueries
from api.request import header_fields, posted, queried
from api.subscriptions import Subscriptions
from db.connections.engine import Database
from schema.service import SUBSCRIPTION, Answer, Outcome, Service, Subscribed, refuse

log = structlog.get_logger(__name__)

EVENT_STREAM: Final = "text/event-stream"
# Proxies close connections on which nothing is said for a minute, some after less.
KEEP_ALIVE_S: Final = 12.0
# Who reads nothing for so long is taken for gone.
SEND_S: Final = 30.0

_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # A proxy is to pass on at once what is sent.
    (b"x-accel-buffering", b"no"),
)
_COMMENT: Final = b":\n\n"
_COMPLETE: Final = b"event: complete\ndata: \n\n"


class Stream:
    """One response, of events, which begins with the first thing that is written."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.is_begun = False

    async def next(self, response: bytes) -> None:
        """The response is sent as an event: its JSON has no line breaks, for those in strings are escaped."""
        await self._write(b"event: next\ndata: %b\n\n" % response)

    async def answer(self, response: bytes) -> None:
        """The response is sent as the last event."""
        await self.next(response)
        await self._write(_COMPLETE)
        await self.end()

    async def end(self) -> None:
        """Nothing more is sent. Where it isn't said to be complete, the client is to come back."""
        await self._send({"type": "http.response.body", "body": b""})

    async def keep_alive(self) -> None:
        """Never returns."""
        while True:
            await self._write(_COMMENT)
            await asyncio.sleep(KEEP_ALIVE_S)

    async def until_gone(self) -> None:
        """Returns when the client has closed the connection."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _write(self, text: bytes) -> None:
        async with asyncio.timeout(SEND_S):
            if not self.is_begun:
                self.is_begun = True
                await self._send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            await self._send({"type": "http.response.body", "body": text, "more_body": True})


class GraphQLStream:
    """The ASGI endpoint. What can't be read as a request is refused as `/graphql` refuses it."""

    def __init__(
        self,
        service: Service,
        database: Database,
        persisted: PersistedQueries,
        subscriptions: Subscriptions,
        observe: Observe,
    ) -> None:
        self._service = service
        self._database = database
        self._persisted = persisted
        self._subscriptions = subscriptions
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        stream = Stream(receive, send)
        try:
            found = await self._asked(scope, receive)
            if isinstance(found, Subscribed):
                await self._follow(stream, found, began)
            else:
                self._observe(found.kind, found.outcome, perf_counter() - began)
                await stream.answer(found.body)
        except Exception as error:
            await self._fail(error, scope["state"]["request_id"], stream, send, began)

    async def _asked(self, scope: Scope, receive: Receive) -> Subscribed | Answer:
        """What is to be followed, or else the one answer."""
        fields = header_fields(scope)
        _check_accept(fields.get(b"accept", b""))
        is_get = scope["method"] == "GET"
        if not is_get and scope["method"] != "POST":
            raise HTTPException(405, f"the method must be GET or POST, got {scope['method']}", {"Allow": "GET, POST"})
        asked = queried(scope) if is_get else await posted(fields, receive)
        caller = await authenticate(fields.get(b"authorization"), scope["state"]["request_id"], self._database)
        try:
            operation = self._persisted.operation(asked, self._service.is_valid)
        except NotFound:
            return Answer(orjson.dumps({"errors": [NOT_FOUND]}), Outcome.REFUSED)
        found = self._service.subscription(operation, caller)
        return found or await self._service.answer(operation, caller, read_only=is_get)

    async def _follow(self, stream: Stream, subscribed: Subscribed, began: float) -> None:
        async with self._subscriptions.follow(subscribed) as responses:
            self._observe(SUBSCRIPTION, Outcome.DATA, perf_counter() - began)

            async def pass_on() -> None:
                async for response in responses:
                    await stream.next(response)

            await _first(pass_on(), stream.keep_alive(), stream.until_gone())
        await stream.end()

    async def _fail(self, error: Exception, request_id: str, stream: Stream, send: Send, began: float) -> None:
        match error:
            case GraphQLError():
                self._observe(SUBSCRIPTION, Outcome.REFUSED, perf_counter() - began)
                await stream.answer(refuse(error, SUBSCRIPTION).body)
            case _ if stream.is_begun:
                # It breaks off, so that the client comes back.
                log.warning("a stream broke off", request_id=request_id, exc_info=error)
                await stream.end()
            case _:
                reply = failure(error, request_id)
                self._observe(reply.kind, reply.outcome, perf_counter() - began)
                await reply(send)


async def _first(*coroutines: Coroutine[Any, Any, None]) -> None:
    """The first of them has ended, and the others with it."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _check_accept(field: bytes) -> None:
    accept = field.decode("latin-1").lower()
    if accept.strip() and not any(kind in accept for kind in (EVENT_STREAM, "text/*", "*/*")):
        raise HTTPException(406, f"Accept must allow {EVENT_STREAM}, got {accept!r}")
