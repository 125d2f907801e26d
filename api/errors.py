"""What a failed request looks like to its client: one description, which every transport sends in its own way."""

from typing import Final, NamedTuple

import structlog
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.subscriptions import TooMany
from db.connections.pool import Busy
from db.connections.transient_errors import in_one_line, is_unavailable
from schema.errors import ErrorCode, FormattedError, format_error, internal_error, request_error, unavailable_error
from schema.service import Outcome

log = structlog.get_logger(__name__)

# The code of a refused request, by its HTTP status; BAD_REQUEST for every other status.
CODES: Final = {
    401: ErrorCode.UNAUTHENTICATED,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    406: ErrorCode.NOT_ACCEPTABLE,
    413: ErrorCode.LIMIT_EXCEEDED,
    503: ErrorCode.SERVICE_UNAVAILABLE,
}

# The header of an answer without the database: when to try again, in seconds.
RETRY: Final = ((b"retry-after", b"5"),)


class Failure(NamedTuple):
    """The error of a request that has no answer, and the HTTP status and headers that go with it."""

    error: FormattedError
    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    outcome: str = Outcome.REFUSED


def describe(error: Exception, request_id: str) -> Failure:
    """The failure that `error` causes. An unexpected error is logged, and the client sees only the request's id."""
    match error:
        case GraphQLError():
            return Failure(format_error(error), 200)
        case HTTPException():
            return refuse(error)
        case ClientDisconnect():
            # Nobody reads it, but an ASGI application answers.
            return refuse(HTTPException(400, "expected the whole body, got a part: the client closed the connection"))
        case Busy() | TooMany():
            return refuse(HTTPException(503, str(error), {"Retry-After": "1"}))
        case _ if is_unavailable(error):
            log.warning("database unavailable", request_id=request_id, error=in_one_line(error))
            return Failure(unavailable_error(request_id), 503, RETRY, Outcome.UNAVAILABLE)
        case _:
            log.exception("request failed", request_id=request_id)
            return Failure(internal_error(request_id), 500, outcome="failed")


def refuse(refusal: HTTPException) -> Failure:
    """The failure that an `HTTPException` describes, with the code of its status."""
    code = CODES.get(refusal.status_code, ErrorCode.BAD_REQUEST)
    headers = tuple((name.lower().encode(), value.encode()) for name, value in (refusal.headers or {}).items())
    return Failure(request_error(refusal.detail, code), refusal.status_code, headers)
