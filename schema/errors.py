"""Errors of a response: their codes, and the one format that every transport sends."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Final, NotRequired, TypedDict, cast

import orjson
from graphql import GraphQLError, GraphQLSyntaxError


class ErrorCode(StrEnum):
    """What kind of error it is, in `extensions.code`; a member's docstring is its entry in the reference."""

    def __new__(cls, value: str, description: str) -> "ErrorCode":
        member = str.__new__(cls, value)
        member._value_ = value
        member.__doc__ = description
        return member

    BAD_REQUEST = "BAD_REQUEST", "The request does not follow the transport's protocol."
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED", "The document is not GraphQL."
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED", "The document does not fit the schema."
    OPERATION_RESOLUTION_FAILURE = (
        "OPERATION_RESOLUTION_FAILURE",
        "`operationName` does not select one of the document's operations.",
    )
    BAD_USER_INPUT = "BAD_USER_INPUT", "A variable or an argument has a bad value."
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED", "The operation is larger than a limit allows."
    PERSISTED_QUERY_NOT_FOUND = (
        "PERSISTED_QUERY_NOT_FOUND",
        "The server keeps no document with this hash. Send the document with its hash.",
    )
    UNAUTHENTICATED = "UNAUTHENTICATED", "The key is unknown or revoked."
    FORBIDDEN = "FORBIDDEN", "The key may not do this."
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED", "The HTTP method cannot carry this operation."
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE", "The server cannot answer in a type that `Accept` allows."
    SERVICE_UNAVAILABLE = (
        "SERVICE_UNAVAILABLE",
        "The server has no room, or its database does not answer. Try again later.",
    )
    INTERNAL_SERVER_ERROR = (
        "INTERNAL_SERVER_ERROR",
        "The server failed. Its log has the cause under `extensions.requestId`.",
    )


class FormattedError(TypedDict):
    """An error as a client sees it."""

    message: str
    locations: NotRequired[Sequence[Any]]
    path: NotRequired[Sequence[str | int]]
    extensions: dict[str, Any]


class RequestError(GraphQLError):
    """An error with a code of its own, at no place in the document."""

    def __init__(self, message: str, code: ErrorCode, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": code, **extensions})


class RequestErrors(Exception):
    """Several errors that keep an operation from running; `code` is the code of those that have none."""

    def __init__(self, errors: Sequence[GraphQLError], code: ErrorCode) -> None:
        super().__init__(errors, code)
        self.errors = errors
        self.code = code


# What a client's document, variables or arguments make the service raise. `refusal_errors` formats each of them.
REFUSALS: Final = (RequestErrors, GraphQLError, RecursionError)


def refusal_errors(error: Exception) -> list[FormattedError]:
    """The errors of a response to an operation that cannot run; raises what is not one of `REFUSALS` again."""
    match error:
        case RequestErrors():
            return [format_error(one, error.code) for one in error.errors]
        case GraphQLError():
            return [format_error(error)]
        case RecursionError():
            return [request_error("expected a flatter document, got one nested too deeply", ErrorCode.LIMIT_EXCEEDED)]
        case _:
            raise error


def format_error(error: GraphQLError, code: ErrorCode = ErrorCode.BAD_USER_INPUT) -> FormattedError:
    """The error with its message, locations, path and code; `code` stands in where the error has none.

    A plain `GraphQLError` comes from a check of arguments, so it is bad user input unless told otherwise.
    """
    if isinstance(error, GraphQLSyntaxError):
        code = ErrorCode.GRAPHQL_PARSE_FAILED
    formatted = cast(FormattedError, dict(error.formatted))
    formatted["extensions"] = {"code": code, **(error.extensions or {})}
    return formatted


def request_error(message: str, code: ErrorCode, **extensions: Any) -> FormattedError:
    """An error of the request itself, such as a refused header: it has no locations and no path."""
    return {"message": message, "extensions": {"code": code, **extensions}}


def internal_error(request_id: str | None, error: GraphQLError | None = None) -> FormattedError:
    """The error that tells a client nothing but where to ask, with the place of `error` where there is one."""
    masked = request_error("Internal server error", ErrorCode.INTERNAL_SERVER_ERROR, requestId=request_id)
    return masked if error is None else cast(FormattedError, {**error.formatted, **masked})


class CommitInDoubt(Exception):
    """The database did not answer a commit, so the write may be stored or not."""


def unavailable_error(
    request_id: str | None, error: GraphQLError | None = None, cure: str = "retry later"
) -> FormattedError:
    """The error of a database that does not answer, with the place of `error` where there is one."""
    message = f"expected the database to answer, got no answer: {cure}"
    away = request_error(message, ErrorCode.SERVICE_UNAVAILABLE, requestId=request_id)
    return away if error is None else cast(FormattedError, {**error.formatted, **away})


def errors_body(errors: Iterable[FormattedError]) -> bytes:
    """A response body without data."""
    return orjson.dumps({"errors": list(errors)})
