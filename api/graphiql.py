"""The page at `/graphiql`: GraphiQL if it has been built, otherwise a plain page that can run a query."""

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.headers import STRICT

UI = Path(__file__).parent / "ui"
DIST = UI / "dist"

# Monaco writes its styles into the page and has icons as data URLs: hence the two exceptions from 'self'.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_SECURE = STRICT | {"Content-Security-Policy": _POLICY}
_REVALIDATED = _SECURE | {"Cache-Control": "no-cache"}
# Each asset's name has a hash of its content.
_IMMUTABLE = _SECURE | {"Cache-Control": "public, max-age=31536000, immutable"}


class _Directory(StaticFiles):
    def __init__(self, directory: Path, headers: Mapping[str, str]) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._headers = headers

    async def check_config(self) -> None:
        """Accepts a missing directory: the page may be built while the server runs."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(self._headers)
        return response


def routes(dist: Path = DIST) -> list[BaseRoute]:
    """The routes below `/graphiql`. A build that appears in or vanishes from `dist` counts from the next request on."""

    def page(_: Request) -> FileResponse:
        built = dist / "index.html"
        return FileResponse(built if built.is_file() else UI / "fallback.html", headers=_REVALIDATED)

    shared = [UI / "fallback.js", UI / "fallback.css", UI / "public/favicon.svg", UI / "public/header.css"]
    return [
        Route("/graphiql", page),
        Route("/graphiql/", page),
        *(Route(f"/graphiql/{path.name}", _file(path)) for path in shared),
        Mount("/graphiql/queries", _Directory(UI / "src/queries", _REVALIDATED)),
        Mount("/graphiql/assets", _Directory(dist / "assets", _IMMUTABLE)),
    ]


def _file(path: Path) -> Callable[[Request], Awaitable[Response]]:
    async def serve(_: Request) -> FileResponse:
        return FileResponse(path, headers=_REVALIDATED)

    return serve
