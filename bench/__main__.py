"""Measure the service against its floor and its peers, and write `bench/result.json`: see `--help`."""

import argparse
import json
import signal
import sys
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from types import FrameType
from typing import Any, Final, NoReturn

import orjson

from bench import databases, profile, recompute, report
from bench.contenders import CONVENE, FLOOR, ORDINARY, Contender, Data, Server, postgraphile, serving
from bench.load import CONNECTIONS, TIMEOUT_S, Shots, fire
from bench.postgraphile.install import Absent
from bench.queries import QUERIES
from bench.report import Measure, Measures, Target

FILL_S: Final = 900
RESULT: Final = Path(__file__).parent / "result.json"


@dataclass(frozen=True)
class Scale:
    """How much a run measures.

    Each query runs for `rounds` of `seconds` each. Memory is measured after `requests`, and the recompute over
    `changes`. With `most` conveners, only the time of one change is measured. The ordinary contender gets
    `slow_connections`: its rate is the same with few, and a round lasts until each connection has an answer.
    """

    conveners: int = 2000
    fewer: int = 100
    most: int = 10_000
    # With fewer partners, any two conveners would share some, and each pair would have an overlap value.
    partners: int = 10_000
    rounds: int = 10
    seconds: float = 1.0
    requests: int = 10_000
    changes: int = 200
    slow_connections: int = CONNECTIONS


QUICK: Final = Scale(
    conveners=120,
    fewer=60,
    most=200,
    partners=2500,
    rounds=2,
    seconds=0.15,
    requests=300,
    changes=20,
    slow_connections=4,
)


class Differ(Exception):
    """Two contenders gave different answers, so their rates cannot be compared."""


class Bench:
    """One run: the processes that send the load, and the results so far."""

    def __init__(self, scale: Scale, load: ProcessPoolExecutor, folder: Path) -> None:
        self._scale, self._load, self._folder = scale, load, folder
        self.result: dict[str, Any] = {}
        self.targets: dict[str, list[Target]] = {}
        self.memory: dict[str, Any] = {}

    def measure(self, database: str, large: Data, small: Data, largest: Data, contenders: list[Contender]) -> None:
        """Measure, print and keep everything about one database."""
        with ExitStack() as stack:
            servers = {each.name: stack.enter_context(serving(each, large, self._folder)) for each in contenders}
            for each in (FLOOR, CONVENE):
                servers[name_with_size(each, small)] = stack.enter_context(serving(each, small, self._folder))
            for server in servers.values():
                server.wait()
            check(servers)
            self.targets[database] = list(self._memory(database, servers["convene"]))
            self.result[database] = {}
            for query in QUERIES:
                measures = self._interleaved(query, servers)
                self.result[database][query] = {name: measure.figures() for name, measure in measures.items()}
                self.targets[database] += report.targets(query, measures, small.conveners)
                say(*report.table(database, query, measures))
            delays = self._load.submit(recompute.delay, large.url, self._scale.changes).result(TIMEOUT_S)
        self._recompute(database, large, [small, largest], delays)

    def _recompute(self, database: str, large: Data, others: list[Data], delays: recompute.Delay) -> None:
        """Measure the workers without a server. The data cannot be used afterwards."""
        urls = {data.conveners: data.url for data in (large, *others)}
        changes = self._load.submit(recompute.one_change, urls, self._scale.changes).result(FILL_S)
        catalogue, few = self._load.submit(recompute.throughput, large.url).result(FILL_S)
        self.targets[database] += recompute.targets(catalogue, few, delays, changes)
        self.result[database]["recompute"] = {
            "catalogue": catalogue._asdict(),
            "few": few._asdict(),
            "commit_to_fresh": delays._asdict(),
            "one_change_ms": {str(n): round(ms, 3) for n, ms in changes.items()},
        }
        say(*recompute.table(database, catalogue, few, delays, changes))

    def _interleaved(self, query: str, servers: dict[str, Server]) -> Measures:
        """Alternate short rounds of all contenders, so that a disturbance slows all of them."""
        for server in servers.values():
            if server.contender.every == 1:
                self._fire(server, query, self._scale.seconds)
        rounds: dict[str, list[Shots]] = {name: [] for name in servers}
        cpu_s = dict.fromkeys(servers, 0.0)
        names = list(servers)
        for turn in range(self._scale.rounds):
            for name in (name for name in names if turn % servers[name].contender.every == 0):
                before = servers[name].cpu_s
                rounds[name].append(self._fire(servers[name], query, self._scale.seconds))
                cpu_s[name] += servers[name].cpu_s - before
            # Rotate the order, so that no contender always follows the same other one.
            names = [*names[1:], names[0]]
        return {name: Measure(rounds[name], cpu_s[name], server.rss_mb) for name, server in servers.items()}

    def _fire(self, server: Server, query: str, seconds: float) -> Shots:
        connections = self._scale.slow_connections if server.contender is ORDINARY else CONNECTIONS
        shots = self._load.submit(fire, server.port, server.requests(query), seconds=seconds, connections=connections)
        return shots.result(seconds + 2 * TIMEOUT_S)

    def _memory(self, database: str, server: Server) -> list[Target]:
        """Measure the server's memory after requests of all queries."""
        requests = [one for turn in zip(*map(server.requests, QUERIES), strict=False) for one in turn]
        shots = {"early": self._scale.requests // 10, "late": self._scale.requests * 9 // 10}
        rss_mb: dict[str, float] = {}
        for name, count in shots.items():
            shot = self._load.submit(fire, server.port, requests, seconds=3 * TIMEOUT_S, count=count)
            shot.result(5 * TIMEOUT_S)
            rss_mb[name] = server.rss_mb
        self.memory[database] = {"requests": self._scale.requests} | {f"{k}_mb": round(v, 1) for k, v in rss_mb.items()}
        return list(report.memory_targets(rss_mb["early"], rss_mb["late"], self._scale.requests))


def name_with_size(contender: Contender, data: Data) -> str:
    """Return the name of a contender that serves less data than the others."""
    return f"{contender.name}@{data.conveners}"


def check(servers: dict[str, Server]) -> None:
    """Check that servers of the same data answer alike, and floor and service with the same bytes. Raises `Differ`."""
    for server in servers.values():
        server.walk()
    convene = servers["convene"]
    walked = {server.data: server for server in servers.values() if server.contender is CONVENE}
    for server in servers.values():
        server.ids = server.ids or walked[server.data].ids
    for query in QUERIES:
        rivals = {name: server for name, server in servers.items() if server.data == convene.data}
        asked = {name: server.variables(query) for name, server in rivals.items()}
        for at in (0, 7, len(convene.ids) // 2):
            answers = {name: server.ask(query, asked[name][at]) for name, server in rivals.items()}
            _compare(query, answers, rivals)


def _compare(query: str, answers: dict[str, bytes], servers: dict[str, Server]) -> None:
    if answers["floor"] != answers["convene"]:
        raise Differ(f"{query}: floor and convene {difference(answers['floor'], answers['convene'])}")
    expected = orjson.dumps(orjson.loads(answers["convene"]), option=orjson.OPT_SORT_KEYS)
    for name, answer in answers.items():
        got = orjson.dumps(
            servers[name].contender.convert_answer(query, orjson.loads(answer)), option=orjson.OPT_SORT_KEYS
        )
        if got != expected:
            raise Differ(f"{query}: {name} and convene {difference(got, expected)}")


def difference(one: bytes, other: bytes) -> str:
    """Return both answers around the first byte that differs."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"expected the same answer, got {one[max(0, at - 80) : at + 80]!r} and {other[max(0, at - 80) : at + 80]!r}"


def say(*lines: object) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    # SystemExit unwinds all scopes, which end the processes that they started.
    sys.exit(1)


@contextmanager
def workplace() -> Generator[tuple[ProcessPoolExecutor, Path, str]]:
    """Yield two processes, a folder and a Postgres server. All of them end with this scope, also after SIGTERM."""
    signal.signal(signal.SIGTERM, _end)
    with TemporaryDirectory(prefix="convene-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        load = stack.enter_context(ProcessPoolExecutor(2, get_context("spawn")))
        yield load, folder, stack.enter_context(databases.postgres(folder / "postgres"))


def run(scale: Scale, *, is_quick: bool) -> None:
    """Run the whole benchmark: print the table and the targets, and write `bench/result.json`."""
    began = monotonic()
    contenders = [FLOOR, CONVENE, ORDINARY]
    try:
        peers = [postgraphile()]
    except Absent as reason:
        say(f"PostGraphile is left out: {reason}.")
        peers = []
    with workplace() as (load, folder, server):
        sizes = scale.conveners, scale.fewer, scale.most
        data = {
            "sqlite": [Data(f"sqlite:///{folder}/{n}.db", n) for n in sizes],
            "postgresql": [Data(databases.create(server, f"n{n}"), n) for n in sizes],
        }
        filling = [
            load.submit(databases.fill, one.url, one.conveners, scale.partners, one.conveners < scale.most)
            for all_sizes in data.values()
            for one in all_sizes
        ]
        for filled in filling:
            filled.result(FILL_S)
        say(f"Filled each database with {sizes} synthetic conveners in {monotonic() - began:.0f} s.")
        bench = Bench(scale, load, folder)
        say(report.HEADING)
        for database, (large, small, largest) in data.items():
            bench.measure(database, large, small, largest, contenders + (peers if database == "postgresql" else []))
    for database, aimed in bench.targets.items():
        say(f"{database}:", *aimed)
    about = {"quick": is_quick, **vars(scale), "connections": CONNECTIONS, **report.machine()}
    targets = {name: [target._asdict() for target in aimed] for name, aimed in bench.targets.items()}
    result = about | {"memory": bench.memory, "targets": targets} | bench.result
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    say(f"Wrote {RESULT.name} after {monotonic() - began:.0f} s.")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="use less data and shorter rounds: takes a minute")
    parser.add_argument(
        "--profile",
        choices=QUERIES,
        metavar="QUERY",
        help="show where the time of a query goes instead: " + ", ".join(QUERIES),
    )
    asked = parser.parse_args()
    scale = QUICK if asked.quick else Scale()
    if not asked.profile:
        run(scale, is_quick=asked.quick)
        return
    with workplace() as (load, folder, server):
        for database, url in (
            ("sqlite", f"sqlite:///{folder}/profile.db"),
            ("postgresql", databases.create(server, "profile")),
        ):
            load.submit(databases.fill, url, QUICK.conveners, QUICK.partners).result(FILL_S)
            say(*profile.lines(database, Data(url, QUICK.conveners), asked.profile, load, folder))


if __name__ == "__main__":
    main()
