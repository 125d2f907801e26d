"""The faults: processes die, stop for a while or lose their connections, and Redis loses its data."""

import asyncio
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.embedded import EmbeddedRedis
from tests.chaos.programs import Program
from tests.chaos.snapshot import WITNESS
from tests.chaos.writes import BUSY_S, LULL_S
from workers.runner import JOB_TIMEOUT_S

EVERY_S: Final = 0.5
# This is long enough for another process to overtake the stopped one.
MOMENT_S: Final = (0.2, 0.9)
# This is longer than it takes until an enqueued job counts as lost, and longer than others wait for a lock.
LONG_S: Final = (1.2, 4.5)
# A worker stops this long before the writers pause.
EARLY_S: Final = 0.6
# This is longer than a job may take. Only long runs stop a worker for this time.
VERY_LONG_S: Final = JOB_TIMEOUT_S + 2

CUT: Final = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    f" WHERE datname = current_database() AND application_name <> '{WITNESS}' AND random() < $1"
)


@dataclass
class Stage:
    """The processes and servers that the faults affect."""

    database_url: str
    redis: EmbeddedRedis
    workers: Sequence[Program]
    writers: Sequence[Program]
    servers: Sequence[Program]


Fault = Callable[["Faults"], Awaitable[bool]]


@dataclass
class Faults:
    """Injects random faults at a steady pace. `done` counts them by kind."""

    stage: Stage
    random: Random
    done: Counter[str] = field(default_factory=Counter)
    _lasting: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, seconds: float) -> None:
        """Inject faults until the time is over. Processes may stay stopped until `end`."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if seconds > 1.5 * VERY_LONG_S:
            self._start_lasting(self.random.choice(self.stage.workers).pause(VERY_LONG_S))
            self.done["pause_past_the_job_timeout"] += 1
        self._start_lasting(self._pause_in_lulls())
        for number in range(int(seconds / EVERY_S)):
            await asyncio.sleep(max(0, begun + number * EVERY_S - loop.time()))
            await self._inject_one()
        await asyncio.sleep(max(0, begun + seconds - loop.time()))

    async def _pause_in_lulls(self) -> None:
        """Stop a worker during each pause of the writers.

        The other worker finishes the work meanwhile, and the stopped one must not undo it when it resumes.
        """
        while True:
            await asyncio.sleep((BUSY_S - EARLY_S - time.time()) % (BUSY_S + LULL_S))
            if worker := self._pick_running(self.stage.workers):
                self.done["pause_into_a_lull"] += 1
                await worker.pause(EARLY_S + LULL_S - 0.1)

    async def end(self) -> None:
        """Resume all stopped processes."""
        for task in self._lasting:
            task.cancel()
        await asyncio.gather(*self._lasting, return_exceptions=True)

    async def _inject_one(self) -> None:
        kinds = _kinds(self.stage)
        for _ in range(100):
            (fault,) = self.random.choices(list(kinds), list(kinds.values()))
            if await fault(self):
                self.done[fault.__name__] += 1
                return

    def _start_lasting(self, fault: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(fault)
        self._lasting.add(task)
        task.add_done_callback(self._lasting.discard)

    def _pick_running(self, programs: Sequence[Program]) -> Program | None:
        up = [program for program in programs if program.is_up]
        return self.random.choice(up) if up else None

    def _kill(self, programs: Sequence[Program]) -> bool:
        if program := self._pick_running(programs):
            program.kill()
        return program is not None

    def _pause(self, programs: Sequence[Program], between_s: tuple[float, float] = LONG_S) -> bool:
        if program := self._pick_running(programs):
            self._start_lasting(program.pause(self.random.uniform(*between_s)))
        return program is not None


async def kill_worker(faults: Faults) -> bool:
    return faults._kill(faults.stage.workers)


async def kill_all_workers(faults: Faults) -> bool:
    up = [worker for worker in faults.stage.workers if worker.is_up]
    for worker in up:
        worker.kill()
    return bool(up)


async def kill_writer(faults: Faults) -> bool:
    return faults._kill(faults.stage.writers)


async def kill_server(faults: Faults) -> bool:
    return faults._kill(faults.stage.servers)


async def stall_worker(faults: Faults) -> bool:
    return faults._pause(faults.stage.workers, MOMENT_S)


async def pause_worker(faults: Faults) -> bool:
    return faults._pause(faults.stage.workers)


async def pause_writer(faults: Faults) -> bool:
    return faults._pause(faults.stage.writers)


async def kill_redis(faults: Faults) -> bool:
    return _signal(faults.stage.redis.pid, signal.SIGKILL)


async def pause_redis(faults: Faults) -> bool:
    pid = faults.stage.redis.pid
    if pid:
        faults._start_lasting(_pause_redis(faults.stage.redis, pid, faults.random.uniform(*LONG_S)))
    return pid is not None


async def _pause_redis(redis: EmbeddedRedis, pid: int, seconds: float) -> None:
    _signal(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        if redis.pid == pid:
            _signal(pid, signal.SIGCONT)


def _signal(pid: int | None, number: signal.Signals) -> bool:
    if pid is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False


async def flush_redis(faults: Faults) -> bool:
    client = Redis.from_url(faults.stage.redis.url, socket_timeout=0.5)
    try:
        return bool(await client.flushall())
    except (RedisError, OSError):
        return False
    finally:
        with suppress(RedisError, OSError):
            await client.aclose()


async def cut_connections(faults: Faults) -> bool:
    """Let the server end about half of the database's connections."""
    connection = await asyncpg.connect(faults.stage.database_url, server_settings={"application_name": WITNESS})
    try:
        return bool(await connection.fetchval(CUT, 0.5))
    finally:
        await connection.close()


async def hold_the_lock(faults: Faults) -> bool:
    """Hold SQLite's write lock for a while, as another program might."""
    faults._start_lasting(asyncio.to_thread(_hold, faults.stage.database_url, 0.8))
    return True


def _hold(url: str, seconds: float) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=5)
    with closing(connection), suppress(sqlite3.OperationalError):
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


# The relative frequency of each fault.
FAULTS: Final[Mapping[Fault, int]] = {
    kill_worker: 4,
    kill_all_workers: 1,
    kill_writer: 3,
    kill_server: 1,
    stall_worker: 16,
    pause_worker: 5,
    pause_writer: 2,
    kill_redis: 2,
    pause_redis: 2,
    flush_redis: 2,
}


def _kinds(stage: Stage) -> Mapping[Fault, int]:
    database_fault = hold_the_lock if stage.database_url.startswith("sqlite") else cut_connections
    return {**FAULTS, database_fault: 2}
