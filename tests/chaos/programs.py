"""Real processes that restart when they die, and that never outlive the process that started them."""

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.chaos.nursery import Forked, Nursery

START_TIMEOUT_S: Final = 30.0


class Program:
    """A process that restarts when it dies.

    `command` returns its module and arguments, given the number of earlier starts. `on_line` gets each line of output.
    """

    def __init__(
        self,
        name: str,
        nursery: Nursery,
        command: Callable[[int], Sequence[str]],
        environment: Mapping[str, str],
        log: Path,
        on_line: Callable[[str], None],
    ) -> None:
        self.name = name
        self.first_line: str | None = None
        self.deaths = 0
        self._nursery = nursery
        self._command = command
        self._environment = environment
        self._log = log
        self._on_line = on_line
        self._process: Forked | None = None
        self._killed = False
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether the process is alive and has printed its first line."""
        return self.first_line is not None

    def start(self) -> None:
        self._supervisor = asyncio.create_task(self._supervise())

    async def wait_until_up(self) -> None:
        async with asyncio.timeout(START_TIMEOUT_S):
            while not self.is_up:  # noqa: ASYNC110 (Another process sends no event.)
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """Kill the process. It starts again."""
        self.first_line, self._killed = None, True
        self._signal(signal.SIGKILL)

    async def pause(self, seconds: float) -> None:
        """Stop the process for that long. It may be killed meanwhile."""
        paused = self._process
        self._signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            if self._process is paused:
                self._signal(signal.SIGCONT)

    async def stop(self) -> None:
        """Kill the process and its children for good."""
        if self._supervisor:
            self._supervisor.cancel()
            await asyncio.wait([self._supervisor])
        self.kill()
        if self._process:
            await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process:
            self._process.signal(number)

    async def _supervise(self) -> None:
        times = 0
        while True:
            await self._run(self._command(times))
            times += 1
            self.first_line = None
            # A process dies by itself if a dependency is down while it starts.
            self.deaths += not self._killed
            await asyncio.sleep(0 if self._killed else 0.2)

    async def _run(self, command: Sequence[str]) -> None:
        module, *arguments = command
        self._process = await self._nursery.fork(module, arguments, self._environment, self._log)
        self._killed = False
        async for text in self._process.lines():
            if not self._killed and self.first_line is None:
                self.first_line = text
            self._on_line(text)
        await self._process.wait()
