"""A process that has imported the programs and forks them: importing takes a second of processor time or more."""

import asyncio
import ctypes
import gc
import os
import runpy
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final, Self

import orjson

from api.embedded import _launcher as die_with_parent  # pyright: ignore[reportPrivateUsage]

# Nearly all that the programs import. The programs are not in the list, because each runs as `__main__`.
IMPORTS: Final = (
    "api.collector",
    "api.serve",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "tests.chaos.writes",
    "typer.main",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
    "workers.main",
)
_LONGEST_REQUEST: Final = 1 << 17
_PR_SET_PDEATHSIG: Final = 1


class Forked:
    """A program in a session of its own. It dies with its nursery."""

    def __init__(self, pid: int, output: asyncio.StreamReader) -> None:
        self._pid = pid
        self._output = output
        self._ended = asyncio.Event()
        try:
            self._pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._ended.set()
        else:
            asyncio.get_running_loop().add_reader(self._pidfd, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._ended.set()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program and its children, unless it has ended."""
        if not self._ended.is_set():
            with suppress(ProcessLookupError):
                os.killpg(self._pid, number)

    async def wait(self) -> None:
        """Wait until the program has ended."""
        await self._ended.wait()

    async def lines(self) -> AsyncIterator[str]:
        """The lines that the program prints, until it ends."""
        async for line in self._output:
            yield line.decode(errors="replace").strip()


class Nursery:
    """Forks programs. An asynchronous context manager, which kills those that still run when it closes."""

    def __init__(self) -> None:
        self._requests, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._requests.setblocking(False)
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        with self._theirs:
            fd = self._theirs.fileno()
            command = (*die_with_parent(), sys.executable, "-m", "tests.chaos.nursery", str(fd))
            self._process = await asyncio.create_subprocess_exec(*command, pass_fds=[fd])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._requests.close()
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def fork(self, module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
        """Run `python -m module arguments`. Standard error is appended to the log."""
        forking = asyncio.create_task(self._fork(module, arguments, environment, log))
        try:
            return await asyncio.shield(forking)
        except asyncio.CancelledError:
            # Otherwise nobody would read the answer, and nobody would stop the program.
            (await forking).signal(signal.SIGKILL)
            raise

    async def _fork(self, module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
        loop = asyncio.get_running_loop()
        request = orjson.dumps([module, *arguments]) + b"\n" + orjson.dumps(dict(environment))
        reading, writing = os.pipe()
        output = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reading, "rb", 0))
        with os.fdopen(writing, "wb", 0) as stdout, log.open("ab") as stderr:
            # Answers come in the order of the requests, so one is asked after the other.
            async with self._turn:
                socket.send_fds(self._requests, [request], [stdout.fileno(), stderr.fileno()])
                pid = int(await loop.sock_recv(self._requests, 100))
        return Forked(pid, output)


def main(fd: int) -> None:
    for name in IMPORTS:
        import_module(name)
    gc.freeze()
    # The kernel removes ended children, because nobody here waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    libc = ctypes.CDLL(None)
    with socket.socket(fileno=fd) as requests:
        while True:
            request, fds, *_ = socket.recv_fds(requests, _LONGEST_REQUEST, 2)
            if not request:
                return
            if os.fork() == 0:
                break
            for each in fds:
                os.close(each)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # Only now may the starter send signals to the session.
        requests.send(str(os.getpid()).encode())
    for number, each in enumerate(fds, start=1):
        os.dup2(each, number)
        os.close(each)
    (module, *arguments), environment = map(orjson.loads, request.split(b"\n"))
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
