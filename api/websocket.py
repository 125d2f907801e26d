"""WebSocket `/graphql`: graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).

What breaks the protocol closes the connection with its code; what is wrong with an operation is an `error` of that
operation alone.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any, Final, cast
from urllib.parse import urlsplit

import orjson
import structlog
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api.auth import authenticate
from api.graphql import NOT_FOUND, Observe, internal
from api.persisted import NotFound, PersistedQueries
from api.request import MAX_BODY_BYTES, Asked, asked, header_fields
from api.subscriptions import Subscriptions, TooMany
from db.connections.engine import Database
from db.connections.pool import Busy
from schema.service import Answer, Caller, Outcome, Service, Subscribed

log = structlog.get_logger(__name__)

PROTOCOL: Final = "graphql-transport-ws"
INIT_S: Final = 10.0
# What fits into a close frame beside its code.
REASON_BYTES: Final = 123


class Gone(Exception):
    """The client has closed the connection."""


class Closing(Exception):
    """The connection is to be closed, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class GraphQLSocket:
    """The ASGI endpoint of connections, each of which has at most `most` operations at a time."""

    def __init__(
        self,
        service: Service,
        database: Database,
        persisted: PersistedQueries,
        subscriptions: Subscriptions,
        observe: Observe,
        most: int,
    ) -> None:
        self.service = service
        self.database = database
        self.persisted = persisted
        self.subscriptions = subscriptions
        self.observe = observe
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fields = header_fields(scope)
        await receive()
        if not _is_own(fields):
            # Before it is accepted, this answers 403.
            await send({"type": "websocket.close"})
        elif PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4406, "reason": f"the subprotocol must be {PROTOCOL}"})
        else:
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
            await Conversation(self, fields, scope["state"]["request_id"], receive, send).run()


def _is_own(fields: Mapping[bytes, bytes]) -> bool:
    """Whether it isn't a page of another origin that asks: a browser lets any page open a WebSocket."""
    origin = fields.get(b"origin")
    return origin is None or urlsplit(origin.decode("latin-1")).netloc.encode("latin-1") == fields.get(b"host")


class Conversation:
    """One connection, from its acceptance to its end, and the operations that run on it."""

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
        # Those that the client has completed are in here until they have ended.
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Returns when the connection is closed and all that ran on it has ended."""
        try:
            await self._converse()
        except Closing as closing:
            await self._close(closing)
        except Gone:
            return
        except Exception:
            log.exception("a connection failed", request_id=self._request_id)
            await self._close(Closing(1011, "Internal server error"))
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
            raise Closing(4400, "a message must be text, got bytes")
        if len(text) > MAX_BODY_BYTES:
            raise Closing(1009, f"a message must be at most {MAX_BODY_BYTES} bytes, got more")
        try:
            message: object = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Closing(4400, f"a message must be a JSON object, got: {error}") from None
        if not isinstance(message, dict):
            raise Closing(4400, "a message must be a JSON object, got another value")
        return cast(dict[str, Any], message)

    async def _obey(self, message: Mapping[str, Any]) -> None:
        payload = message.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise Closing(4400, "payload must be an object, got another value")
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
                raise Closing(4400, f"type must be a client's message, got {str(other)[:40]!a}")

    async def _begin(self, payload: Mapping[str, Any]) -> None:
        if self._is_begun:
            raise Closing(4429, "Too many initialisation requests")
        self._is_begun = True
        given = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
        if given is not None:
            self._authorization = str(given).encode("latin-1", "replace")
        try:
            await self._caller()
        except HTTPException as refusal:
            raise Closing(4403, f"Forbidden: {refusal.detail}") from None
        await self._say({"type": "connection_ack"})
        self._is_acknowledged = True

    async def _caller(self) -> Caller:
        return await authenticate(self._authorization, self._request_id, self._endpoint.database)

    async def _subscribe(self, id: str, payload: Mapping[str, Any]) -> None:
        if not self._is_acknowledged:
            raise Closing(4401, "Unauthorized")
        if id in self._operations:
            raise Closing(4409, f"Subscriber for {id} already exists")
        try:
            request = asked(payload)
        except HTTPException as refusal:
            raise Closing(4400, refusal.detail) from None
        # The cancelled ones that have not ended yet count too: else a client could have any number of them.
        if len(self._tasks) >= self._endpoint.most:
            limit = f"operations must be at most {self._endpoint.most} on a connection, got {len(self._tasks) + 1}"
            await self._say({"id": id, "type": "error", "payload": [{"message": limit}]})
            return
        task = asyncio.create_task(self._operate(id, request))
        self._operations[id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _operate(self, id: str, request: Asked) -> None:
        try:
            await self._answer(id, request)
        except Gone:
            # The other task is told of it as well.
            return

    async def _answer(self, id: str, request: Asked) -> None:
        try:
            errors = await self._run(id, request)
        except Gone:
            raise
        except (HTTPException, NotFound, GraphQLError, TooMany, Busy) as error:
            errors = [formatted(error)]
        except Exception:
            log.exception("an operation failed", request_id=self._request_id)
            errors = [internal(self._request_id)]
        # Before it is said: whoever hears it may use the id again.
        if self._operations.get(id) is asyncio.current_task():
            del self._operations[id]
        await self._say(
            {"id": id, "type": "complete"} if errors is None else {"id": id, "type": "error", "payload": errors}
        )

    async def _run(self, id: str, request: Asked) -> list[Any] | None:
        """The operation has been answered; returns its errors where it could not run."""
        began = perf_counter()
        endpoint = self._endpoint
        operation = endpoint.persisted.operation(request, endpoint.service.is_valid)
        caller = await self._caller()
        found = endpoint.service.subscription(operation, caller)
        if isinstance(found, Subscribed):
            await self._follow(id, found, began)
            return None
        answer = found or await endpoint.service.answer(operation, caller)
        endpoint.observe(answer.kind, answer.outcome, perf_counter() - began)
        if answer.is_request_error:
            return errors_of(answer)
        await self._next(id, answer.body)
        return None

    async def _follow(self, id: str, subscribed: Subscribed, began: float) -> None:
        async with self._endpoint.subscriptions.follow(subscribed) as responses:
            self._endpoint.observe("subscription", Outcome.DATA, perf_counter() - began)
            async for response in responses:
                await self._next(id, response)

    async def _next(self, id: str, response: bytes) -> None:
        await self._text(b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(id), response))

    async def _say(self, message: Mapping[str, Any]) -> None:
        await self._text(orjson.dumps(message))

    async def _text(self, message: bytes) -> None:
        try:
            await self._send({"type": "websocket.send", "text": message.decode()})
        except OSError:
            # So a server says that nobody is there.
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
        raise Closing(4400, "id must be a string that isn't empty, got another value")
    return id


def errors_of(answer: Answer) -> list[Any]:
    """The errors of a response."""
    return orjson.loads(answer.body)["errors"]


def formatted(error: Exception) -> Any:
    """The error as a client sees it."""
    match error:
        case GraphQLError():
            return error.formatted
        case NotFound():
            return NOT_FOUND
        case HTTPException():
            return {"message": error.detail}
        case _:
            return {"message": str(error)}
