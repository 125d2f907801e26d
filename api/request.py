"""What a request asks: the operation in a POST's body or a GET's address, and the type of the answer.

What is said of a request that can't be read is an `HTTPException`, whose detail the client is told.
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


class Asked(NamedTuple):
    """The parameters of a request, each of its type."""

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


def header_fields(scope: Scope) -> dict[bytes, bytes]:
    """The request's header fields by name; the lines of a field that came in several are joined by commas."""
    lines: list[tuple[bytes, bytes]] = scope["headers"]
    found = dict(lines)
    if len(found) != len(lines):
        found = {name: b",".join(value for other, value in lines if other == name) for name in found}
    return found


@lru_cache(64)
def acceptable(field: bytes) -> str:
    """The response's media type that an Accept header asks for: JSON unless it names the newer one.

    Raises `HTTPException` 406 where it rules out both.
    """
    accept = field.decode("latin-1")
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


async def posted(fields: Mapping[bytes, bytes], receive: Receive) -> Asked:
    """What a POST's body asks, which must be a JSON object of at most `MAX_BODY_BYTES` in UTF-8."""
    _check_content(fields.get(b"content-type", b""), fields.get(b"content-encoding", b"identity"))
    body = await _body(fields.get(b"content-length", b"0"), receive)
    try:
        parameters: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, f"the body must be a JSON object in UTF-8, got: {error}") from None
    if not isinstance(parameters, dict):
        raise HTTPException(400, f"the body must be a JSON object, got {_kind(parameters)}")
    return asked(cast(dict[str, Any], parameters))


def queried(scope: Scope) -> Asked:
    """What a GET's address asks, where variables and extensions are written as JSON."""
    parameters: dict[str, Any] = dict(QueryParams(scope["query_string"]))
    for name in ("variables", "extensions"):
        if text := parameters.pop(name, ""):
            try:
                parameters[name] = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                raise HTTPException(400, f"{name} must be a JSON object, got: {error}") from None
    return asked(parameters)


def asked(parameters: Mapping[str, Any]) -> Asked:
    """The parameters; raises `HTTPException` 400 where one is of the wrong type, or a query is given as null."""
    return Asked(
        query=checked("query", parameters["query"], str) if "query" in parameters else None,
        variables=_optional(parameters, "variables", dict),
        operation_name=_optional(parameters, "operationName", str) or None,
        extensions=_optional(parameters, "extensions", dict),
    )


def _optional(parameters: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    value = parameters.get(name)
    return None if value is None else checked(name, value, kind)


def checked(name: str, value: object, kind: type[T]) -> T:
    """The value, which is of this type; otherwise raises `HTTPException` 400."""
    if not isinstance(value, kind):
        raise HTTPException(400, f"{name} must be {_KINDS[kind]}, got {_kind(value)}")
    return value


def _kind(value: object) -> str:
    return _KINDS[type(value)]


@lru_cache(64)
def _check_content(content_type: bytes, content_encoding: bytes) -> None:
    media_type, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    if media_type != JSON:
        raise HTTPException(415, f"Content-Type must be {JSON}, got {media_type or 'none'}")
    for parameter in parameters:
        if parameter.startswith("charset=") and parameter[8:].strip('"') not in ("utf-8", "utf8"):
            raise HTTPException(415, f"the charset must be utf-8, got {parameter[8:]}")
    if (encoding := content_encoding.decode("latin-1").lower()) != "identity":
        raise HTTPException(415, f"Content-Encoding must be identity, got {encoding}")


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
    # The rest of the body is never read, so the connection cannot carry another request.
    return HTTPException(413, f"the body must be at most {MAX_BODY_BYTES} bytes, got more", {"Connection": "close"})
