"""`/graphql`: GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/), requests and responses.

A POST must be `application/json`, which no page of another origin can send without asking first; a GET only reads.
"""

from collections.abc import Mapping
from types import NoneType
from typing import Any, TypeVar, cast

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.auth import authenticate
from db.engine import Database
from schema.service import Operation, Service

log = structlog.get_logger(__name__)

T = TypeVar("T")

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
MAX_BODY_BYTES = 1024 * 1024

_KINDS: dict[type, str] = {
    NoneType: "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


class GraphQL:
    """The ASGI endpoint. A refused request is answered with `{"errors": [{"message": …}]}` and a 4xx status."""

    def __init__(self, service: Service, database: Database) -> None:
        self._service = service
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        media_type = JSON
        try:
            media_type = acceptable(",".join(request.headers.getlist("accept")))
            return await self._answer(request, media_type)
        except HTTPException as refusal:
            return _refuse(refusal, media_type)
        except ClientDisconnect:
            # Nobody is there to read it, but an ASGI application answers.
            return _refuse(HTTPException(400, "the request was cut off"), media_type)
        except Exception:
            request_id = request.state.request_id
            log.exception("a request failed")
            error = {"message": "Internal server error", "extensions": {"requestId": request_id}}
            return _respond(orjson.dumps({"errors": [error]}), media_type, 500)

    async def _answer(self, request: Request, media_type: str) -> Response:
        match request.method:
            case "POST":
                operation = await posted(request)
            case "GET":
                operation = queried(request)
            case other:
                raise HTTPException(405, f"the method must be GET or POST, got {other}", {"Allow": "GET, POST"})
        caller = await authenticate(request, self._database)
        answer = await self._service.answer(operation, caller, read_only=request.method == "GET")
        if answer.is_write:
            return _respond(answer.body, media_type, 405, {"Allow": "POST"})
        # Clients of the older type take any status but 200 for a broken connection, so only the newer one has 400.
        return _respond(answer.body, media_type, 400 if answer.is_request_error and media_type != JSON else 200)


def acceptable(accept: str) -> str:
    """The response's media type that an Accept header asks for: JSON unless it names the newer one.

    Raises `HTTPException` 406 where it rules out both.
    """
    if not accept.strip():
        return JSON
    qualities = dict(_quality(item) for item in accept.split(","))
    json = qualities.get(JSON, qualities.get("application/*", qualities.get("*/*", 0.0)))
    newer = qualities.get(GRAPHQL_RESPONSE, 0.0)
    if not json and not newer:
        raise HTTPException(406, f"Accept must allow {GRAPHQL_RESPONSE} or {JSON}, got {accept!r}")
    return GRAPHQL_RESPONSE if newer >= json else JSON


def _quality(item: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip().lower() for part in item.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return media_type, float(parameter[2:])
            except ValueError:
                return media_type, 0.0
    return media_type, 1.0


async def posted(request: Request) -> Operation:
    """The operation in a POST's body, which must be a JSON object of at most `MAX_BODY_BYTES` in UTF-8."""
    _check_content(request)
    body = await _body(request)
    try:
        parameters: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, f"the body must be a JSON object in UTF-8, got: {error}") from None
    if not isinstance(parameters, dict):
        raise HTTPException(400, f"the body must be a JSON object, got {_kind(parameters)}")
    return operation(cast(dict[str, Any], parameters))


def queried(request: Request) -> Operation:
    """The operation in a GET's address, where variables and extensions are written as JSON."""
    parameters: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if text := parameters.pop(name, ""):
            try:
                parameters[name] = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                raise HTTPException(400, f"{name} must be a JSON object, got: {error}") from None
    return operation(parameters)


def operation(parameters: Mapping[str, Any]) -> Operation:
    """The operation of a request's parameters; raises `HTTPException` 400 where one is of the wrong type."""
    if "query" not in parameters:
        raise HTTPException(400, "query must be a GraphQL document, got none; /graphiql is a page to write one in")
    _optional(parameters, "extensions", dict)
    return Operation(
        query=_checked("query", parameters["query"], str),
        variables=cast(dict[str, Any] | None, _optional(parameters, "variables", dict)),
        operation_name=_optional(parameters, "operationName", str) or None,
    )


def _optional(parameters: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    value = parameters.get(name)
    return None if value is None else _checked(name, value, kind)


def _checked(name: str, value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise HTTPException(400, f"{name} must be {_KINDS[kind]}, got {_kind(value)}")
    return value


def _kind(value: object) -> str:
    return _KINDS[type(value)]


def _check_content(request: Request) -> None:
    media_type, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    if media_type != JSON:
        raise HTTPException(415, f"Content-Type must be {JSON}, got {media_type or 'none'}")
    for parameter in parameters:
        if parameter.startswith("charset=") and parameter[8:].strip('"') not in ("utf-8", "utf8"):
            raise HTTPException(415, f"the charset must be utf-8, got {parameter[8:]}")
    if (encoding := request.headers.get("content-encoding", "identity").lower()) != "identity":
        raise HTTPException(415, f"Content-Encoding must be identity, got {encoding}")


async def _body(request: Request) -> bytes:
    body = bytearray()
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        raise _too_large()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> HTTPException:
    # The rest of the body is never read, so the connection cannot carry another request.
    return HTTPException(413, f"the body must be at most {MAX_BODY_BYTES} bytes, got more", {"Connection": "close"})


def _refuse(refusal: HTTPException, media_type: str) -> Response:
    body = orjson.dumps({"errors": [{"message": refusal.detail}]})
    return _respond(body, media_type, refusal.status_code, refusal.headers)


def _respond(body: bytes, media_type: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    # What is true now may not be in a moment, and a key decides what is seen: no cache may keep an answer.
    return Response(
        body,
        status,
        {"Content-Type": f"{media_type}; charset=utf-8", "Cache-Control": "no-store", **(headers or {})},
    )
