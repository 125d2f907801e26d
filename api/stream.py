"""`/graphql/stream`: GraphQL over server-sent events (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md).

Each request is an operation and each response its stream: the protocol's distinct connections mode. The errors of an
operation are events of the stream, since a browser's `EventSource` shows nothing else.
"""

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import Any, Final

import structlog
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api.graphql import failed
from api.pipeline import Pipeline
from api.request import header_fields, read_request
from schema.service import Answer, Subscribed

log = structlog.get_logger(__name__)

EVENT_STREAM: Final = "text/event-stream"
# Proxies close idle connections after a minute, some earlier.
KEEP_ALIVE_S: Final = 12.0
# A client that reads nothing for this long counts as gone.
SEND_S: Final = 30.0

_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Tells a proxy to pass events on at once.
    (b"x-accel-buffering", b"no"),
)
_COMMENT: Final = b":\n\n"
_COMPLETE: Final = b"event: complete\ndata: \n\n"


class Stream:
    """A response of events. It begins with the first write."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.is_begun = False

    async def next(self, response: bytes) -> None:
        """Sends the response as an event. Its JSON has no line breaks: those in strings are escaped."""
        await self._write(b"event: next\ndata: %b\n\n" % response)

    async def answer(self, response: bytes) -> None:
        """Sends the response as the last event."""
        await self.next(response)
        await self._write(_COMPLETE)
        await self.end()

    async def end(self) -> None:
        """Ends the response. Without a `complete` event before it, the client reconnects."""
        await self._send({"type": "http.response.body", "body": b""})

    async def keep_alive(self) -> None:
        """Sends comments forever."""
        while True:
            await self._write(_COMMENT)
            await asyncio.sleep(KEEP_ALIVE_S)

    async def until_gone(self) -> None:
        """Returns when the client closes the connection."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _write(self, text: bytes) -> None:
        async with asyncio.timeout(SEND_S):
            if not self.is_begun:
                self.is_begun = True
                await self._send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            await self._send({"type": "http.response.body", "body": text, "more_body": True})


class GraphQLStream:
    """The ASGI endpoint. It refuses a request that it cannot read as `/graphql` does, before the stream begins."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        stream = Stream(receive, send)
        try:
            started = await self._start(scope, receive)
            if isinstance(started, Subscribed):
                await self._follow(stream, started, began)
            else:
                self._pipeline.observe(started.kind, started.outcome, began)
                await stream.answer(started.body)
        except Exception as error:
            await self._fail(error, scope["state"]["request_id"], stream, send, began)

    async def _start(self, scope: Scope, receive: Receive) -> Subscribed | Answer:
        fields = header_fields(scope)
        _check_accept(fields.get(b"accept", b""))
        caller = await self._pipeline.authenticate(fields.get(b"authorization"), scope["state"]["request_id"])
        parameters = await read_request(scope, fields, receive)
        return await self._pipeline.start(parameters, caller, read_only=scope["method"] == "GET")

    async def _follow(self, stream: Stream, subscribed: Subscribed, began: float) -> None:
        async with self._pipeline.follow(subscribed, began) as responses:

            async def pass_on() -> None:
                async for response in responses:
                    await stream.next(response)

            await _first(pass_on(), stream.keep_alive(), stream.until_gone())
        await stream.end()

    async def _fail(self, error: Exception, request_id: str, stream: Stream, send: Send, began: float) -> None:
        if stream.is_begun:
            # Without a `complete` event the client reconnects.
            log.warning("stream broke off", request_id=request_id, exc_info=error)
            await stream.end()
            return
        reply = failed(error, request_id)
        self._pipeline.observe(reply.kind, reply.outcome, began)
        # The error of an operation, and not of the request, is an event.
        await (stream.answer(reply.body) if isinstance(error, GraphQLError) else reply(send))


async def _first(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Runs all of them until the first one ends."""
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
        raise HTTPException(406, f"expected Accept to allow {EVENT_STREAM}, got {accept!r}")
