"""`/graphql`: GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/).

A POST must be `application/json`, which a page of another origin cannot send without a preflight. A GET only reads, and
a client may keep its answer as long as it revalidates it each time.
"""

from collections.abc import Mapping
from time import perf_counter
from typing import Final, NamedTuple

from starlette.types import Receive, Scope, Send

from api.errors import RETRY, describe
from api.etag import entity_tag, is_among
from api.pipeline import Pipeline
from api.request import GRAPHQL_RESPONSE, JSON, MAX_BODY_BYTES, header_fields, negotiate, read_request
from schema.errors import errors_body
from schema.service import UNKNOWN, Answer, Caller, Operation, Outcome

__all__ = ["GRAPHQL_RESPONSE", "JSON", "MAX_BODY_BYTES", "GraphQL"]

# Data may change at any moment, so no cache may keep an answer without revalidating it.
_NO_STORE: Final = ((b"cache-control", b"no-store"),)
_CONTENT_TYPES: Final = {
    media_type: (b"content-type", f"{media_type}; charset=utf-8".encode()) for media_type in (JSON, GRAPHQL_RESPONSE)
}


class Reply(NamedTuple):
    """A complete response, and the labels that it is counted under. Without a media type it has no body."""

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
    """The ASGI endpoint. A refused request gets `{"errors": [{"message": …, "extensions": {"code": …}}]}`."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        reply = await self._reply(scope, receive)
        self._pipeline.observe(reply.kind, reply.outcome, began)
        await reply(send)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        media_type = JSON
        try:
            fields = header_fields(scope)
            media_type = negotiate(fields.get(b"accept", b""))
            return await self._answer(scope, receive, fields, media_type)
        except Exception as error:
            return failed(error, scope["state"]["request_id"], media_type)

    async def _answer(self, scope: Scope, receive: Receive, fields: Mapping[bytes, bytes], media_type: str) -> Reply:
        caller = await self._pipeline.authenticate(fields.get(b"authorization"), scope["state"]["request_id"])
        operation = self._pipeline.resolve(await read_request(scope, fields, receive))
        if scope["method"] == "GET":
            return await self._read(operation, caller, media_type, fields)
        return _reply_with(await self._pipeline.answer(operation, caller), media_type)

    async def _read(
        self, operation: Operation, caller: Caller, media_type: str, fields: Mapping[bytes, bytes]
    ) -> Reply:
        """The answer to a GET, or 304 if the client has it already."""
        tag = entity_tag(await self._pipeline.state(), operation, caller, media_type)
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
        answer = await self._pipeline.answer(operation, caller, read_only=True)
        if answer.outcome is not Outcome.DATA:
            return _reply_with(answer, media_type)
        # `*` matches any answer, and only answering shows that there is one.
        if known.strip() == "*":
            return unchanged
        return Reply(answer.body, 200, media_type, tagged, answer.kind, answer.outcome)


def _reply_with(answer: Answer, media_type: str) -> Reply:
    if answer.outcome is Outcome.WRITE:
        headers = (*_NO_STORE, (b"allow", b"POST"))
        return Reply(answer.body, 405, media_type, headers, answer.kind, answer.outcome)
    if answer.outcome is Outcome.UNAVAILABLE:
        return Reply(answer.body, 503, media_type, _NO_STORE + RETRY, answer.kind, answer.outcome)
    # Clients of the older type take any status but 200 for a broken connection, so only the newer one has 400.
    status = 400 if answer.is_request_error and media_type != JSON else 200
    return Reply(answer.body, status, media_type, kind=answer.kind, outcome=answer.outcome)


def failed(error: Exception, request_id: str, media_type: str = JSON) -> Reply:
    """The response to a request that `error` ended."""
    failure = describe(error, request_id)
    headers = _NO_STORE + failure.headers
    return Reply(errors_body([failure.error]), failure.status, media_type, headers, outcome=failure.outcome)
