"""The results as a table, and whether they meet their targets."""

import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final, NamedTuple

from bench.load import Shots

# The service must reach at least this share of the floor's requests a second.
LEAST_OF_FLOOR: Final = {"profile": 0.85, "list": 0.85, "small": 0.7}
MOST_CPU_OF_FLOOR: Final = 1.25
LEAST_OF_ORDINARY: Final = 30
MOST_P99_OF_P50: Final = 3
MOST_RSS_MB: Final = 150
# On an idle machine, two rounds of the same load differ by up to this share.
NOISE: Final = 0.1
COLUMNS: Final = ("rps", "cpu_ms", "p50_ms", "p99_ms", "rss_mb")
HEAVY: Final = ("profile", "list")


class Measure(NamedTuple):
    """A contender's rounds of one query, and the CPU time and memory of its server."""

    rounds: list[Shots]
    cpu_s: float
    rss_mb: float

    @property
    def rate(self) -> float:
        """Requests a second: the median, because disturbances slow some rounds."""
        return median(shots.rate for shots in self.rounds)

    def figures(self) -> dict[str, float]:
        taken = [latency for shots in self.rounds for latency in shots.latencies_ms]
        cuts = quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken * 99
        return {
            "rps": round(self.rate, 1),
            "cpu_ms": round(self.cpu_s * 1000 / len(taken), 3),
            "p50_ms": round(cuts[49], 3),
            "p99_ms": round(cuts[98], 3),
            "rss_mb": round(self.rss_mb, 1),
        }


Measures = dict[str, Measure]


class Target(NamedTuple):
    """An aim, the measured value, and whether the value meets the aim."""

    aim: str
    got: float
    is_met: bool

    def __str__(self) -> str:
        return f"  {'ok    ' if self.is_met else 'missed'}  {self.aim}: {self.got:.3g}"


def ratio(one: Measure, other: Measure) -> float:
    """Return the rate of `one` as a share of the rate of `other`."""
    return one.rate / other.rate


def targets(query: str, measures: Measures, fewer: int) -> Iterator[Target]:
    """Yield the targets of a query. The servers with less data have `fewer` conveners."""
    convene, floor = measures["convene"], measures["floor"]
    least, figures = LEAST_OF_FLOOR[query], convene.figures()
    of_floor = ratio(convene, floor)
    yield Target(f"{query}: rps as a share of the floor's, at least {least}", of_floor, of_floor >= least)
    if query in HEAVY:
        cpu = figures["cpu_ms"] / floor.figures()["cpu_ms"]
        yield Target(
            f"{query}: CPU as a multiple of the floor's, at most {MOST_CPU_OF_FLOOR}", cpu, cpu <= MOST_CPU_OF_FLOOR
        )
        times = ratio(convene, measures["ordinary"])
        yield Target(
            f"{query}: rps as a multiple of ordinary's, at least {LEAST_OF_ORDINARY}", times, times >= LEAST_OF_ORDINARY
        )
    if "postgraphile" in measures:
        ahead = ratio(convene, measures["postgraphile"])
        yield Target(f"{query}: rps as a multiple of PostGraphile's, above 1", ahead, ahead > 1)
    tail = figures["p99_ms"] / figures["p50_ms"]
    yield Target(f"{query}: p99 as a multiple of p50, at most {MOST_P99_OF_P50}", tail, tail <= MOST_P99_OF_P50)
    growth = ratio(convene, measures[f"convene@{fewer}"])
    # More rows fit less well into the CPU cache. The floor shows how much of the loss that explains.
    least = min(1.0, ratio(floor, measures[f"floor@{fewer}"])) * (1 - NOISE)
    aim = f"{query}: rps as a share of that with {fewer} conveners, at least {least:.3g}, as for the floor"
    yield Target(aim, growth, growth >= least)


def memory_targets(early: float, late: float, requests: int) -> Iterator[Target]:
    """Yield the targets of the server's megabytes, after a tenth (`early`) and after all (`late`) of the requests."""
    yield Target(f"memory: MB after {requests} requests, under {MOST_RSS_MB}", late, late < MOST_RSS_MB)
    flat = late / early
    yield Target(
        f"memory: as a multiple of that after {requests // 10} requests, at most {1 + NOISE}", flat, flat <= 1 + NOISE
    )


def table(database: str, query: str, measures: Measures) -> Iterator[str]:
    """Yield the results of a query, with one line for each contender."""
    for name, measure in measures.items():
        figures = measure.figures()
        numbers = "".join(f"{figures[column]:>10}" for column in COLUMNS)
        share = ratio(measure, measures["floor"])
        yield f"{database:<11}{query:<9}{name:<14}{numbers}{share:>10.3f}"


HEADING: Final = (
    f"{'database':<11}{'query':<9}{'contender':<14}{''.join(f'{name:>10}' for name in COLUMNS)}{'of floor':>10}"
)


def machine() -> dict[str, Any]:
    """Return the machine and the versions of the packages."""
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    packages = ("starlette", "uvicorn", "aiosqlite", "asyncpg", "sqlalchemy", "strawberry-graphql", "graphql-core")
    return {
        "machine": {
            "platform": platform.platform(),
            "processors": len(model),
            "processor": model[0].partition(": ")[2] if model else platform.processor(),
        },
        "versions": {"python": platform.python_version()} | {name: version(name) for name in packages},
    }
