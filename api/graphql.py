"""`/graphql`: GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/), requests and responses.

A POST must be `application/json`, which no page of another origin can send without asking first; a GET only reads, and
its answer may be kept by whoever asks each time whether it still holds.
"""

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Final, NamedTuple

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api.auth import authenticate
from api.etag import entity_tag, is_among
from api.persisted import NotFound, PersistedQueries
from api.request import GRAPHQL_RESPONSE, JSON, MAX_BODY_BYTES, acceptable, header_fields, posted, queried
from api.subscriptions import TooMany
from db.connections.engine import Database
from db.connections.pool import Busy
from schema.service import UNKNOWN, Answer, Caller, Operation, Outcome, Service

__all__ = ["GRAPHQL_RESPONSE", "JSON", "MAX_BODY_BYTES", "GraphQL"]

log = structlog.get_logger(__name__)

# Called with the kind of an operation, what came of it, and how long that took in seconds.
Observe = Callable[[str, str, float], None]

# What is true now may not be in a moment: no cache may keep an answer without asking.
_NO_STORE: Final = ((b"cache-control", b"no-store"),)
_CONTENT_TYPES: Final = {
    media_type: (b"content-type", f"{media_type}; charset=utf-8".encode()) for media_type in (JSON, GRAPHQL_RESPONSE)
}


NOT_FOUND: Final = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}


class Reply(NamedTuple):
    """A response that is ready to be sent, and what is counted of it. One without a media type has no body."""

    body: bytes = b""
    status: int = 200
    media_type: str | None = JSON
    headers: tuple[tuple[bytes, bytes], ...] = _NO_STORE
    kind: str = UNKNOWN
    outcome: str = Outcome.REFUSED

    async def __call__(self, send: Send) -> None:
        headers = list(self.headers)
        if self.media_type:
            headers += (_CONTENT_TYPES[self.media_type], (b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class GraphQL:
    """The ASGI endpoint. A refused request is answered with `{"errors": [{"message": …}]}` and a 4xx status."""

    def __init__(self, service: Service, database: Database, persisted: PersistedQueries, observe: Observe) -> None:
        self._service = service
        self._database = database
        self._persisted = persisted
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        reply = await self._reply(scope, receive)
        self._observe(reply.kind, reply.outcome, perf_counter() - began)
        await reply(send)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        media_type = JSON
        request_id: str = scope["state"]["request_id"]
        try:
            fields = header_fields(scope)
            media_type = acceptable(fields.get(b"accept", b""))
            return await self._answer(scope, receive, fields, media_type)
        except Exception as error:
            return failure(error, request_id, media_type)

    async def _answer(self, scope: Scope, receive: Receive, fields: Mapping[bytes, bytes], media_type: str) -> Reply:
        match scope["method"]:
            case "POST":
                asked = await posted(fields, receive)
            case "GET":
                asked = queried(scope)
            case other:
                raise HTTPException(405, f"the method must be GET or POST, got {other}", {"Allow": "GET, POST"})
        operation = self._persisted.operation(asked, self._service.is_valid)
        authorization = fields.get(b"authorization")
        caller = await authenticate(authorization, scope["state"]["request_id"], self._database)
        if scope["method"] == "GET":
            return await self._read(operation, caller, media_type, fields)
        return _answered(await self._service.answer(operation, caller), media_type)

    async def _read(
        self, operation: Operation, caller: Caller, media_type: str, fields: Mapping[bytes, bytes]
    ) -> Reply:
        """A GET's answer, or only that it is still the one that the client has."""
        tag = entity_tag(await self._database.state(), operation, caller, media_type)
        private = b"private, no-cache" if b"authorization" in fields else b"no-cache"
        tagged = (
            (b"etag", tag.encode()),
            (b"cache-control", private),
            (b"vary", b"Accept, Authorization"),
        )
        known = fields.get(b"if-none-match", b"").decode("latin-1")
        unchanged = Reply(status=304, media_type=None, headers=tagged, kind="query", outcome="unchanged")
        if is_among(tag, known):
            return unchanged
        answer = await self._service.answer(operation, caller, read_only=True)
        if answer.outcome is not Outcome.DATA:
            return _answered(answer, media_type)
        # Whatever the client has will do: that there is an answer, only answering shows.
        if known.strip() == "*":
            return unchanged
        return Reply(answer.body, 200, media_type, tagged, answer.kind, answer.outcome)


def _answered(answer: Answer, media_type: str) -> Reply:
    if answer.outcome is Outcome.WRITE:
        headers = (*_NO_STORE, (b"allow", b"POST"))
        return Reply(answer.body, 405, media_type, headers, answer.kind, answer.outcome)
    # Clients of the older type take any status but 200 for a broken connection, so only the newer one has 400.
    status = 400 if answer.is_request_error and media_type != JSON else 200
    return Reply(answer.body, status, media_type, kind=answer.kind, outcome=answer.outcome)


def failure(error: Exception, request_id: str, media_type: str = JSON) -> Reply:
    """The response to a request that `error` ended; what isn't the client's to know is logged."""
    match error:
        case HTTPException():
            return _refuse(error, media_type)
        case NotFound():
            return Reply(orjson.dumps({"errors": [NOT_FOUND]}), 200, media_type)
        case ClientDisconnect():
            # Nobody is there to read it, but an ASGI application answers.
            return _refuse(HTTPException(400, "the request was cut off"), media_type)
        case Busy() | TooMany():
            return _refuse(HTTPException(503, str(error), {"Retry-After": "1"}), media_type)
        case _:
            log.exception("a request failed")
            body = orjson.dumps({"errors": [internal(request_id)]})
            return Reply(body, 500, media_type, outcome="failed")


def internal(request_id: str) -> Any:
    """The error that says no more than where to ask."""
    return {"message": "Internal server error", "extensions": {"requestId": request_id}}


def _refuse(refusal: HTTPException, media_type: str) -> Reply:
    error: dict[str, Any] = {"message": refusal.detail}
    headers = tuple((name.lower().encode(), value.encode()) for name, value in (refusal.headers or {}).items())
    return Reply(orjson.dumps({"errors": [error]}), refusal.status_code, media_type, _NO_STORE + headers)
