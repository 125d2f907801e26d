"""`python -m bench.server MODULE PORT [PROFILE]` serves the module's `create_app()` as `convene serve` would.

With a file name for a profile, the event loop runs under the profiler from the first request on.
"""

import cProfile
import signal
import sys
from importlib import import_module
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send


def main() -> None:
    """Serve until SIGTERM."""
    module, port, *profile = sys.argv[1:]
    app = import_module(module).create_app()
    # uvicorn raises the signal again when it ends. Without this handler, that would kill the process before it writes
    # the profile.
    signal.signal(signal.SIGTERM, _exit)
    if not profile:
        _serve(app, int(port))
        return
    profiled = Profiled(app)
    try:
        _serve(profiled, int(port))
    finally:
        profiled.profiler.dump_stats(profile[0])


class Profiled:
    """Runs the app, and profiles its thread from the first request on."""

    def __init__(self, app: ASGIApp) -> None:
        self.profiler = cProfile.Profile()
        self._app = app
        self._is_enabled = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_enabled:
            self._is_enabled = True
            self.profiler.enable()
        await self._app(scope, receive, send)


def _serve(app: ASGIApp, port: int) -> None:
    uvicorn.run(app, port=port, log_config=None, access_log=False, server_header=False)


def _exit(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
