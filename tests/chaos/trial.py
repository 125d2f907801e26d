"""One run: the real processes, the faults, and whether every value was right at the end and whenever it was FRESH."""

import asyncio
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import asyncpg

from api.embedded import EmbeddedRedis
from db.commands.key import create_key
from db.connections.engine import Database
from db.staleness.nightly import mark_nightly
from tests.chaos import snapshot
from tests.chaos.comparison import Comparison, compare
from tests.chaos.faults import Faults, Stage
from tests.chaos.mutations import mutate_forever
from tests.chaos.nursery import Nursery
from tests.chaos.programs import Program
from tests.chaos.rows import populate
from workers.backfill import recompute_all

QUIET_S: Final = 10.0
# Fewer faults than this prove little.
FAULTS_A_MINUTE: Final = 40
LOOK_EVERY_S: Final = 2.0
AFTERMATH_S: Final = 2.0
SHOWN: Final = 10
OUTCOMES: Final = ("rolled back", "refused")


@dataclass
class Figures:
    """The figures of a run. `lies` counts the values that were wrong while they claimed to be FRESH."""

    database: str
    control: str | None
    seed: int
    seconds: float
    faults: dict[str, int] = field(default_factory=dict)
    faults_a_minute: float = 0.0
    commits: int = 0
    mutations: int = 0
    rolled_back: int = 0
    refused: int = 0
    died_by_themselves: int = 0
    organizations: int = 0
    looks: int = 0
    compared: int = 0
    differing: int = 0
    lies: int = 0
    marks_left: int = 0
    quiet_after_s: float | None = None
    verdict: str = "broken"


@dataclass
class Trial:
    """A run. `control` names what is broken on purpose (see `controls`), and `say` gets lines of progress."""

    database_url: str
    folder: Path
    seconds: float
    seed: int = 0
    control: str | None = None
    # The number of raw writers, and of API processes.
    copies: int = 2
    quiet_s: float = QUIET_S
    # Whether the run ends at the first wrong value that claims to be FRESH.
    until_it_lies: bool = False
    say: Callable[[str], None] = print
    outcomes: Counter[str] = field(default_factory=Counter)
    lies: dict[str, str] = field(default_factory=dict)
    looks: int = 0

    async def run(self) -> Figures:
        """Run on an empty, migrated database and return the figures. All processes have ended by then."""
        random = Random(self.seed)
        async with AsyncExitStack() as stack:
            # It imports the programs meanwhile.
            nursery = await stack.enter_async_context(Nursery())
            key = await self._fill(random)
            redis = await stack.enter_async_context(EmbeddedRedis(self.folder))
            stage = self._stage(nursery, redis)
            for program in (*stage.workers, *stage.servers, *stage.writers):
                stack.push_async_callback(program.stop)
                program.start()
            for program in (*stage.workers, *stage.servers, *stage.writers):
                await program.wait_until_up()
            faults = Faults(stage, random)
            await self._break(faults, key)
            after_s, comparison = await self._wait_until_right()
            deaths = sum(program.deaths for program in (*stage.workers, *stage.servers, *stage.writers))
        return self._figures(faults.done, deaths, after_s, comparison)

    async def _fill(self, random: Random) -> str:
        """Insert organizations, compute their values, and return a new API key. Today's nightly run counts as done."""
        database = Database(self.database_url)
        try:
            async with database.write() as session:
                await populate(session, random)
                key = await create_key(session, "chaos")
            await mark_nightly(database)
            await recompute_all(database, lambda _done, _total: None)
            return key
        finally:
            await database.dispose()

    def _stage(self, nursery: Nursery, redis: EmbeddedRedis) -> Stage:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONVENE_")}
        environment = inherited | {
            "CONVENE_DATABASE_URL": self.database_url,
            "CONVENE_REDIS_URL": redis.url,
            "CONVENE_DATA_DIR": str(self.folder),
            "CONVENE_PORT": "0",
        }

        def program(name: str, *arguments: str) -> Program:
            log = self.folder / f"{name}.log"
            return Program(name, nursery, self._command(name, arguments), environment, log, self._count_outcome)

        return Stage(
            self.database_url,
            redis,
            workers=[program(f"worker-{n}", "worker") for n in range(2)],
            writers=[program(f"writer-{n}", "writer") for n in range(self.copies)],
            servers=[program(f"server-{n}", "serve", "--no-worker") for n in range(self.copies)],
        )

    def _command(self, name: str, arguments: Sequence[str]) -> Callable[[int], Sequence[str]]:
        def command(times: int) -> Sequence[str]:
            seed = (f"{self.seed}.{name}.{times}",) if arguments[0] == "writer" else ()
            if self.control:
                return ("tests.chaos.controls", self.control, *arguments, *seed)
            return ("tests.chaos.writer", *seed) if seed else ("api.cli", *arguments)

        return command

    def _count_outcome(self, line: str) -> None:
        if re.fullmatch(r"[a-z_ ]+", line) and line != "writing":
            self.outcomes[line] += 1

    async def _break(self, faults: Faults, key: str) -> None:
        """Write and inject faults until the time is over, then stop all writers."""
        servers = faults.stage.servers

        def origins() -> list[str]:
            found = (re.search(r"http://\S+", server.first_line or "") for server in servers)
            return [origin[0] for origin in found if origin]

        clients = [
            asyncio.create_task(mutate_forever(origins, key, Random(f"{self.seed}.{n}"), self._count_outcome))
            for n in (1, 2)
        ]
        breaking = asyncio.create_task(faults.run(self.seconds))
        looking = asyncio.create_task(self._compare_repeatedly(faults))
        try:
            await asyncio.wait([breaking, looking], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancel([*clients, breaking, looking])
            await asyncio.gather(*(writer.stop() for writer in faults.stage.writers))
            # A stopped worker resumes only after the others have finished, and must not undo their work.
            await asyncio.sleep(AFTERMATH_S)
            await faults.end()

    async def _compare_repeatedly(self, faults: Faults) -> None:
        while not (self.until_it_lies and self.lies):
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.OperationalError, OSError):
                seen = await self._compare_now()
                self.say(
                    f"{faults.done.total():4} faults, {self._commits():5} commits, {seen.marks:4} marks,"
                    f" {len(self.lies):3} lies"
                )

    async def _compare_now(self) -> Comparison:
        """Compare at one moment. Even during the faults, values without marks must be right."""
        # The comparison takes a second, so it runs in a thread while the faults go on.
        seen = await asyncio.to_thread(compare, await snapshot.take(self.database_url))
        self.looks += 1
        self.lies |= seen.lies
        return seen

    async def _wait_until_right(self) -> tuple[float | None, Comparison]:
        """Return the seconds until everything was right, or None after `quiet_s`, and the last comparison."""
        clock = asyncio.get_running_loop().time
        began = at = clock()
        # Another process sends no event when it is done, so poll.
        while not (seen := await self._compare_now()).holds and clock() - began < self.quiet_s:
            await asyncio.sleep(0.2)
            at = clock()
        for key, words in [*(self.lies | seen.differing).items()][:SHOWN]:
            self.say(f"{key}: {words}")
        return (at - began if seen.holds else None), seen

    def _commits(self) -> int:
        return sum(count for outcome, count in self.outcomes.items() if outcome not in OUTCOMES)

    def _figures(self, faults: Mapping[str, int], deaths: int, after_s: float | None, seen: Comparison) -> Figures:
        a_minute = sum(faults.values()) / self.seconds * 60
        held = after_s is not None and not self.lies and a_minute >= FAULTS_A_MINUTE
        return Figures(
            database=self.database_url.split(":")[0],
            control=self.control,
            seed=self.seed,
            seconds=self.seconds,
            faults=dict(sorted(faults.items())),
            faults_a_minute=round(a_minute, 1),
            commits=self._commits(),
            mutations=self.outcomes["mutation"],
            rolled_back=self.outcomes["rolled back"],
            refused=self.outcomes["refused"],
            died_by_themselves=deaths,
            organizations=seen.organizations,
            looks=self.looks,
            compared=seen.compared,
            differing=len(seen.differing),
            lies=len(self.lies),
            marks_left=seen.marks,
            quiet_after_s=None if after_s is None else round(after_s, 2),
            verdict="held" if held else "broken",
        )


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel all tasks. Raises the error of a task that failed."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
