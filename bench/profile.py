"""Profiles a query by function: the service and the floor under cProfile."""

import pstats
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.contenders import CONVENE, FLOOR, PYTHON, Contender, Data, serving
from bench.load import TIMEOUT_S, fire

REQUESTS: Final = 2_000
ROWS: Final = 25


def lines(database: str, data: Data, query: str, load: ProcessPoolExecutor, folder: Path) -> Iterator[str]:
    """Yield the most expensive functions in the event loops of both servers, by their own microseconds a request.

    The profiler slows Python code more than C code, and does not see SQLite's threads. So compare which functions
    appear rather than their times.
    """
    ids: list[str] = []
    for contender in (with_profiler(CONVENE, "bench.service"), with_profiler(FLOOR, "bench.floor")):
        with serving(contender, data, folder) as server:
            server.wait()
            server.walk()
            ids = server.ids = server.ids or ids
            load.submit(fire, server.port, server.requests(query), count=REQUESTS).result(2 * TIMEOUT_S)
        yield f"{database} {query} {contender.name}: µs a request, calls a request, function"
        yield from _most_expensive(folder / f"{contender.name}.profile")


def with_profiler(contender: Contender, module: str) -> Contender:
    """Return the contender as a single process under the profiler."""

    def command(data: Data, port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
        output = folder / f"{contender.name}.profile"
        return [PYTHON, "-m", "bench.server", module, str(port), str(output)], {"CONVENE_DATABASE_URL": data.url}

    return replace(contender, command=command)


def _most_expensive(file: Path) -> Iterator[str]:
    # `pstats` maps (path, line, name) to (calls without recursion, all calls, own seconds, seconds with callees,
    # callers).
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = vars(pstats.Stats(str(file)))["stats"]
    rows = sorted(stats.items(), key=lambda item: -item[1][2])
    total = sum(row[2] for _, row in rows)
    yield f"{total / REQUESTS * 1e6:>9.1f}            in all"
    for (path, line, name), (_, calls, own, _, _) in rows[:ROWS]:
        where = f"{'/'.join(Path(path).parts[-2:])}:{line} " if line else ""
        yield f"{own / REQUESTS * 1e6:>9.1f} {calls / REQUESTS:>8.1f}   {where}{name}"
