"""Noticing that a process has committed marks, without polling the database many times a second."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

# Postgres: the channel that the trigger on the table `mark` notifies, and the wait before reconnecting.
CHANNEL: Final = "convene_marks"
RECONNECT_S: Final = 1.0
# SQLite: the time between two looks at the log. A look costs 4 µs; a commit is noticed after half of this on average.
LOOK_S: Final = 0.015


@asynccontextmanager
async def watch_log(path: str, wake: Callable[[], None]) -> AsyncGenerator[None]:
    """While open, `wake` is called within `LOOK_S` of each commit to the SQLite database at `path`."""
    log = _Log(f"{path}-wal", wake)
    log.look()
    try:
        yield
    finally:
        log.timer.cancel()


class _Log:
    """SQLite's write-ahead log: every commit appends to it or overwrites it from the start."""

    def __init__(self, path: str, wake: Callable[[], None]) -> None:
        self._path = Path(path)
        self._wake = wake
        self._seen = (0, 0)
        self._changed = False
        self._loop = asyncio.get_running_loop()

    def look(self) -> None:
        """Call `wake` if the log has changed, and schedule the next look."""
        found = self._stamp()
        # Wake once more after a change: the file's clock ticks every 4 ms, and two commits may share a tick.
        if found != self._seen or self._changed:
            self._wake()
        self._changed = found != self._seen
        self._seen = found
        self.timer = self._loop.call_later(LOOK_S, self.look)

    def _stamp(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)


@asynccontextmanager
async def listen(connect: Callable[[], Awaitable[Any]], wake: Callable[[], None]) -> AsyncGenerator[None]:
    """While open, `wake` is called for each commit of marks to the Postgres database that `connect` connects to.

    A lost connection is opened again; `wake` is called then, because notifications may have been lost meanwhile.
    """
    task = asyncio.create_task(_listen(connect, wake))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _listen(connect: Callable[[], Awaitable[Any]], wake: Callable[[], None]) -> None:
    while True:
        try:
            connection = await connect()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(RECONNECT_S)
            continue
        lost = asyncio.Event()
        try:
            _on_loss(connection, lost)
            await connection.add_listener(CHANNEL, partial(_notify, wake))
            wake()
            await lost.wait()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(RECONNECT_S)
        finally:
            connection.terminate()


def _on_loss(connection: Any, lost: asyncio.Event) -> None:
    def end(_: Any) -> None:
        lost.set()

    connection.add_termination_listener(end)


def _notify(wake: Callable[[], None], *_: Any) -> None:
    wake()
