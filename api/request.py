"""Reading a request: its parameters from a POST's body or a GET's address, and the media type of its answer.

A request that cannot be read raises `HTTPException`, whose detail the client sees.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import NoneType
from typing import Any, Final, NamedTuple, TypeVar, cast

import orjson
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

T = TypeVar("T")

JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
MAX_BODY_BYTES: Final = 1024 * 1024

_KINDS: Final[dict[type, str]] = {
    NoneType: "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


class Parameters(NamedTuple):
    """The parameters of GraphQL over HTTP, with checked types."""

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


def header_fields(scope: Scope) -> dict[bytes, bytes]:
    """The header fields by name; commas join the lines of a field that has several."""
    lines: list[tuple[bytes, bytes]] = scope["headers"]
    fields = dict(lines)
    if len(fields) != len(lines):
        fields = {name: b",".join(value for other, value in lines if other == name) for name in fields}
    return fields


@lru_cache(64)
def negotiate(field: bytes) -> str:
    """The media type of the response to this Accept field: JSON unless it names the newer one.

    Raises `HTTPException` 406 if it excludes both.
    """
    accept = field.decode("latin-1")
    if not accept.strip():
        return JSON
    qualities = dict(_quality(item) for item in accept.split(","))
    json = qualities.get(JSON, qualities.get("application/*", qualities.get("*/*", 0.0)))
    newer = qualities.get(GRAPHQL_RESPONSE, 0.0)
    if not json and not newer:
        raise HTTPException(406, f"expected Accept to allow {GRAPHQL_RESPONSE} or {JSON}, got {accept!r}")
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


async def read_request(scope: Scope, fields: Mapping[bytes, bytes], receive: Receive) -> Parameters:
    """The parameters of a GET or a POST; raises `HTTPException` 405 for another method."""
    match scope["method"]:
        case "POST":
            return await read_body(fields, receive)
        case "GET":
            return read_address(scope)
        case other:
            raise HTTPException(405, f"expected GET or POST, got {other}", {"Allow": "GET, POST"})


async def read_body(fields: Mapping[bytes, bytes], receive: Receive) -> Parameters:
    """The parameters in a body, which is a JSON object of at most `MAX_BODY_BYTES` in UTF-8."""
    _check_content(fields.get(b"content-type", b""), fields.get(b"content-encoding", b"identity"))
    body = await _body(fields.get(b"content-length", b"0"), receive)
    try:
        parameters: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, f"expected the body to be a JSON object in UTF-8, got: {error}") from None
    if not isinstance(parameters, dict):
        raise HTTPException(400, f"expected the body to be a JSON object, got {_kind(parameters)}")
    return check_parameters(cast(dict[str, Any], parameters))


def read_address(scope: Scope) -> Parameters:
    """The parameters in a query string, which has variables and extensions as JSON."""
    parameters: dict[str, Any] = dict(QueryParams(scope["query_string"]))
    for name in ("variables", "extensions"):
        if text := parameters.pop(name, ""):
            try:
                parameters[name] = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                raise HTTPException(400, f"expected {name} to be a JSON object, got: {error}") from None
    return check_parameters(parameters)


def check_parameters(parameters: Mapping[str, Any]) -> Parameters:
    """The parameters; raises `HTTPException` 400 if one has the wrong type or the query is null."""
    return Parameters(
        query=check_type("query", parameters["query"], str) if "query" in parameters else None,
        variables=_optional(parameters, "variables", dict),
        operation_name=_optional(parameters, "operationName", str) or None,
        extensions=_optional(parameters, "extensions", dict),
    )


def _optional(parameters: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    value = parameters.get(name)
    return None if value is None else check_type(name, value, kind)


def check_type(name: str, value: object, kind: type[T]) -> T:
    """The value; raises `HTTPException` 400 if it has another type."""
    if not isinstance(value, kind):
        raise HTTPException(400, f"expected {name} to be {_KINDS[kind]}, got {_kind(value)}")
    return value


def _kind(value: object) -> str:
    return _KINDS[type(value)]


@lru_cache(64)
def _check_content(content_type: bytes, content_encoding: bytes) -> None:
    media_type, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    if media_type != JSON:
        raise HTTPException(415, f"expected Content-Type {JSON}, got {media_type or 'none'}")
    for parameter in parameters:
        if parameter.startswith("charset=") and parameter[8:].strip('"') not in ("utf-8", "utf8"):
            raise HTTPException(415, f"expected charset utf-8, got {parameter[8:]}")
    if (encoding := content_encoding.decode("latin-1").lower()) != "identity":
        raise HTTPException(415, f"expected Content-Encoding identity, got {encoding}")


async def _body(announced: bytes, receive: Receive) -> bytes:
    if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
        raise _too_large()
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
    return body


def _too_large() -> HTTPException:
    # Nobody reads the rest of the body, so the connection cannot carry another request.
    return HTTPException(413, f"expected a body of at most {MAX_BODY_BYTES} bytes, got more", {"Connection": "close"})
