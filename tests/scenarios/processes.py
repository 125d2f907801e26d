"""The program and a Redis server as real processes that end with the test."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.embedded import find_redis
from tests.until import until

# A process starts slowly while others start too.
STARTED_S = 30
# A worker gives its jobs 5 s to end, and its relay another second.
ENDED_S = 10


class Program:
    """`convene` as a process, with its output in a file."""

    def __init__(self, process: Process, said: Path) -> None:
        self._process = process
        self._said = said

    async def has_said(self, words: str) -> bool:
        assert self._process.returncode is None, self._said.read_text()
        return words in self._said.read_text()

    @property
    def origin(self) -> str:
        """The URL of a server. It is known once the server has printed its first line."""
        found = re.search(r"http://\S+", self._said.read_text())
        assert found
        return found[0]

    async def end(self) -> int:
        """Send SIGTERM and return the exit code."""
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDED_S):
            return await self._process.wait()


@asynccontextmanager
async def convene(
    folder: Path, command: str, *options: str, until_it_says: str, module: str = "api.cli", **settings: str
) -> AsyncIterator[Program]:
    """Yield a running program that has printed `until_it_says`. If it still runs at the end, it is killed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONVENE_")}
    own = {"CONVENE_DATA_DIR": str(folder / "var"), "CONVENE_PORT": "0", **settings}
    said = folder / f"{command}-{uuid4().hex[:8]}.log"
    with said.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, command, *options), env=inherited | own, stdout=log, stderr=log
        )
    try:
        program = Program(process, said)
        await until(lambda: program.has_said(until_it_says), within_s=STARTED_S)
        yield program
    finally:
        await _kill(process)


class RedisServer:
    """A Redis server on a Unix socket."""

    def __init__(self, process: Process, url: str) -> None:
        self._process = process
        self._url = url

    def hang(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def answers(self) -> bool:
        async with Redis.from_url(self._url) as client:
            try:
                return bool(await client.ping())
            except RedisError:
                return False

    async def jobs_done(self) -> int:
        """Return the number of finished jobs. Only a finished job leaves the queue."""
        async with Redis.from_url(self._url) as client:
            commands: dict[str, Any] = await client.info("commandstats")
        return commands.get("cmdstat_zrem", {"calls": 0})["calls"]


@asynccontextmanager
async def redis_server(socket: Path) -> AsyncIterator[RedisServer]:
    """Yield a Redis server that listens on this Unix socket."""
    process = await asyncio.create_subprocess_exec(
        *(str(find_redis()), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(socket.parent)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        server = RedisServer(process, f"unix://{socket}")
        await until(server.answers)
        yield server
    finally:
        await _kill(process)


async def _kill(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
