"""Headers of every response: the request's id, and headers that make browsers strict."""

import re
from random import getrandbits
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

# A route's own header wins, such as GraphiQL's policy.
STRICT = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_RAW: Final = tuple((name.lower().encode(), value.encode()) for name, value in STRICT.items())
# The type of the message that starts a response, by the type of the request.
_STARTS: Final = {"http": "http.response.start", "websocket": "websocket.accept"}
_WELL_FORMED: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)


class RequestHeaders:
    """Middleware that sets `request.state.request_id`, logs it with every line, and sends it as `X-Request-Id`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in _STARTS:
            await self._app(scope, receive, send)
            return
        request_id = request_id_for(next((value for name, value in scope["headers"] if name == b"x-request-id"), b""))
        scope.setdefault("state", {})["request_id"] = request_id
        starts = _STARTS[scope["type"]]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == starts:
                given = message.get("headers", ())
                names = {name for name, _ in given}
                strict = [header for header in _RAW if header[0] not in names]
                message["headers"] = [*given, (b"x-request-id", request_id.encode()), *strict]
            await send(message)

        tokens = bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            reset_contextvars(**tokens)


def request_id_for(given: bytes) -> str:
    """The given id if it has 1 to 64 letters, digits, dots, dashes or underscores; otherwise a new one."""
    text = given.decode("latin-1")
    # An id must be unique, not secret: the operating system's random numbers would cost a call each.
    return text if _WELL_FORMED.fullmatch(text) else f"{getrandbits(128):032x}"
