"""Noticing that some process has committed marks, without asking the database many times a second."""

import asyncio
import ctypes
import os
import struct
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

# Postgres: the channel that the trigger on the table `mark` notifies, and how long a lost connection is left alone.
CHANNEL: Final = "convene_marks"
RECONNECT_S: Final = 1.0
# SQLite: how often the log is looked at after it has changed, and always where the kernel does not tell of changes. A
# look costs 4 µs and the timer ten times that: 67 a second were a fifth of the cost of an idle process.
LOOK_S: Final = 0.015
# A commit can be read about this long after the log was written.
SETTLE_S: Final = 0.002

# From <sys/inotify.h>. An event is the watch, a mask, a cookie, the length of the name, and the name.
_IN_MODIFY, _IN_MOVED_TO, _IN_CREATE = 0x2, 0x80, 0x100
_EVENT: Final = struct.Struct("iIII")
_READ_BYTES: Final = 64 * 1024


@asynccontextmanager
async def watch_log(path: str, wake: Callable[[], None]) -> AsyncGenerator[None]:
    """While open, `wake` is called within `LOOK_S` of each commit to the SQLite database at `path`."""
    log = _Log(Path(f"{path}-wal"), wake)
    log.open()
    try:
        yield
    finally:
        log.close()


class _Log:
    """SQLite's write-ahead log, to which every commit appends or which it overwrites from its start."""

    def __init__(self, path: Path, wake: Callable[[], None]) -> None:
        self._path = path
        self._wake = wake
        self._seen = (0, 0)
        self._changed = False
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._events: int | None = None

    def open(self) -> None:
        self._events = _watch_folder(self._path.parent)
        if self._events is not None:
            self._loop.add_reader(self._events, self._notice, self._events)
        self._look()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._events is not None:
            self._loop.remove_reader(self._events)
            os.close(self._events)

    def _notice(self, events: int) -> None:
        """The kernel tells of changes in the folder."""
        if not _tells_of(self._path.name, os.read(events, _READ_BYTES)):
            return
        # No stamp is like it, so the next look wakes even if the file's clock has not ticked since the last one.
        self._seen = (-1, -1)
        if self._timer is None:
            self._timer = self._loop.call_later(SETTLE_S, self._look)

    def _look(self) -> None:
        """Wakes if the log has changed, and looks again later."""
        found = self._stamp()
        # Once more after a change: it is written before it is committed, and one tick of the file's clock, 4 ms, may
        # hold two commits.
        if found != self._seen or self._changed:
            self._wake()
        self._changed = found != self._seen
        self._seen = found
        again = self._changed or self._events is None
        self._timer = self._loop.call_later(LOOK_S, self._look) if again else None

    def _stamp(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)


def _watch_folder(folder: Path) -> int | None:
    """A file descriptor that can be read when files in the folder change; None where the kernel has none to give.

    A container may be without inotify, and a user has 128 of them on most systems.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    events: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if events < 0:
        return None
    if libc.inotify_add_watch(events, os.fsencode(folder), _IN_MODIFY | _IN_MOVED_TO | _IN_CREATE) < 0:
        os.close(events)
        return None
    return events


def _tells_of(name: str, events: bytes) -> bool:
    """Whether one of the events is about the file, or the kernel has lost some, which it tells by watch -1."""
    at = 0
    while at < len(events):
        watch, _, _, length = _EVENT.unpack_from(events, at)
        at += _EVENT.size
        if watch < 0 or events[at : at + length].rstrip(b"\0") == os.fsencode(name):
            return True
        at += length
    return False


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
