"""WebSocket `/graphql`: graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).

A message that breaks the protocol closes the connection with the protocol's code. An operation that cannot run gets an
`error` message, and the connection stays open. A bad key closes it with 4403 at `connection_init`; the operations of a
key that is revoked later get an UNAUTHENTICATED error.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any, Final, cast
from urllib.parse import urlsplit

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api.errors import describe
from api.pipeline import Pipeline
from api.request import MAX_BODY_BYTES, Parameters, check_parameters, header_fields
from schema.errors import ErrorCode, FormattedError, request_error
from schema.service import UNKNOWN, Answer, Caller, Subscribed

log = structlog.get_logger(__name__)

PROTOCOL: Final = "graphql-transport-ws"
INIT_S: Final = 10.0
# A close frame has room for this much besides its code.
REASON_BYTES: Final = 123


class Gone(Exception):
    """The client has closed the connection."""


class Closing(Exception):
    """Closes the connection with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class GraphQLSocket:
    """The ASGI endpoint of connections. Each has at most `max_operations` at a time."""

    def __init__(self, pipeline: Pipeline, max_operations: int) -> None:
        self.pipeline = pipeline
        self.max_operations = max_operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fields = header_fields(scope)
        await receive()
        if not _is_own(fields):
            # A close before the acceptance makes the server answer 403.
            await send({"type": "websocket.close"})
        elif PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send(
                {"type": "websocket.close", "code": 4406, "reason": f"expected subprotocol {PROTOCOL}, got another"}
            )
        else:
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
            await Conversation(self, fields, scope["state"]["request_id"], receive, send).run()


def _is_own(fields: Mapping[bytes, bytes]) -> bool:
    """Whether the client is not a page of another origin. Browsers let any page open a WebSocket to any host."""
    origin = fields.get(b"origin")
    return origin is None or urlsplit(origin.decode("latin-1")).netloc.encode("latin-1") == fields.get(b"host")


class Conversation:
    """A connection from its acceptance to its end, with the operations that run on it."""

    def __init__(
        self, endpoint: GraphQLSocket, fields: Mapping[bytes, bytes], request_id: str, receive: Receive, send: Send
    ) -> None:
        self._endpoint = endpoint
        self._authorization = fields.get(b"authorization")
        self._request_id = request_id
        self._receive = receive
        self._send = send
        self._is_begun = False
        self._is_acknowledged = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        # Operations that the client has completed stay in here until they end.
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Returns when the connection is closed and all of its operations have ended."""
        try:
            await self._converse()
        except Closing as closing:
            await self._close(closing)
        except Gone:
            return
        except Exception as error:
            failure = describe(error, self._request_id)
            await self._close(Closing(1013 if failure.status == 503 else 1011, failure.error["message"]))
        finally:
            await self._end()

    async def _converse(self) -> None:
        patience = asyncio.timeout(INIT_S)
        try:
            async with patience:
                while True:
                    await self._obey(await self._message())
                    if self._is_acknowledged:
                        patience.reschedule(None)
        except TimeoutError:
            if not patience.expired():
                raise
            raise Closing(4408, "Connection initialisation timeout") from None

    async def _message(self) -> dict[str, Any]:
        received = await self._receive()
        if received["type"] == "websocket.disconnect":
            raise Gone
        text: str | None = received.get("text")
        if text is None:
            raise Closing(4400, "expected a text message, got bytes")
        if len(text) > MAX_BODY_BYTES:
            raise Closing(1009, f"expected a message of at most {MAX_BODY_BYTES} bytes, got more")
        try:
            message: object = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Closing(4400, f"expected a JSON object, got: {error}") from None
        if not isinstance(message, dict):
            raise Closing(4400, "expected a JSON object, got another value")
        return cast(dict[str, Any], message)

    async def _obey(self, message: Mapping[str, Any]) -> None:
        payload = message.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise Closing(4400, "expected payload to be an object, got another value")
        fields = cast(dict[str, Any], payload or {})
        match message.get("type"):
            case "connection_init":
                await self._begin(fields)
            case "ping":
                await self._say({"type": "pong"} if payload is None else {"type": "pong", "payload": fields})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(_id(message), fields)
            case "complete":
                if task := self._operations.pop(_id(message), None):
                    task.cancel()
            case other:
                raise Closing(4400, f"expected the type of a client's message, got {str(other)[:40]!a}")

    async def _begin(self, payload: Mapping[str, Any]) -> None:
        if self._is_begun:
            raise Closing(4429, "Too many initialisation requests")
        self._is_begun = True
        given = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
        if given is not None:
            self._authorization = str(given).encode("latin-1", "replace")
        try:
            await self._authenticate()
        except HTTPException as refusal:
            raise Closing(4403, f"Forbidden: {refusal.detail}") from None
        await self._say({"type": "connection_ack"})
        self._is_acknowledged = True

    async def _authenticate(self) -> Caller:
        return await self._endpoint.pipeline.authenticate(self._authorization, self._request_id)

    async def _subscribe(self, id: str, payload: Mapping[str, Any]) -> None:
        if not self._is_acknowledged:
            raise Closing(4401, "Unauthorized")
        if id in self._operations:
            raise Closing(4409, f"Subscriber for {id} already exists")
        try:
            parameters = check_parameters(payload)
        except HTTPException as refusal:
            raise Closing(4400, refusal.detail) from None
        # Cancelled operations count until they end: otherwise a client could have any number of them.
        if len(self._tasks) >= self._endpoint.max_operations:
            most = self._endpoint.max_operations
            message = f"expected at most {most} operations on a connection, got {len(self._tasks) + 1}"
            await self._end_operation(id, [request_error(message, ErrorCode.LIMIT_EXCEEDED)])
            return
        task = asyncio.create_task(self._operate(id, parameters))
        self._operations[id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _operate(self, id: str, parameters: Parameters) -> None:
        # The task that receives messages sees that the client is gone, too.
        with suppress(Gone):
            errors = await self._answer(id, parameters)
            # First, since the client may use the id again as soon as it reads the message.
            if self._operations.get(id) is asyncio.current_task():
                del self._operations[id]
            await self._end_operation(id, errors)

    async def _answer(self, id: str, parameters: Parameters) -> list[FormattedError] | None:
        """Answers the operation; returns the errors of one that cannot run."""
        began = perf_counter()
        try:
            return await self._run(id, parameters, began)
        except Gone:
            raise
        except Exception as error:
            failure = describe(error, self._request_id)
            self._endpoint.pipeline.observe(UNKNOWN, failure.outcome, began)
            return [failure.error]

    async def _run(self, id: str, parameters: Parameters, began: float) -> list[FormattedError] | None:
        pipeline = self._endpoint.pipeline
        started = await pipeline.start(parameters, await self._authenticate())
        if isinstance(started, Subscribed):
            async with pipeline.follow(started, began) as responses:
                async for response in responses:
                    await self._next(id, response)
            return None
        pipeline.observe(started.kind, started.outcome, began)
        if started.is_request_error:
            return errors_of(started)
        await self._next(id, started.body)
        return None

    async def _end_operation(self, id: str, errors: list[FormattedError] | None) -> None:
        end = {"type": "complete"} if errors is None else {"type": "error", "payload": errors}
        await self._say({"id": id, **end})

    async def _next(self, id: str, response: bytes) -> None:
        await self._text(b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(id), response))

    async def _say(self, message: Mapping[str, Any]) -> None:
        await self._text(orjson.dumps(message))

    async def _text(self, message: bytes) -> None:
        try:
            await self._send({"type": "websocket.send", "text": message.decode()})
        except OSError:
            # Servers raise it when the client is gone.
            raise Gone from None

    async def _close(self, closing: Closing) -> None:
        reason = closing.reason.encode()[:REASON_BYTES].decode(errors="ignore")
        with suppress(OSError):
            await self._send({"type": "websocket.close", "code": closing.code, "reason": reason})

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _id(message: Mapping[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise Closing(4400, "expected id to be a non-empty string, got another value")
    return id


def errors_of(answer: Answer) -> list[FormattedError]:
    """The errors in the body of an answer."""
    return orjson.loads(answer.body)["errors"]
