"""Fixtures: every database test runs on SQLite and on a real Postgres, each in a database of its own."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog

from db.connections.engine import Database
from tests import shared
from tests.quick import is_quick


def pytest_configure(config: pytest.Config) -> None:
    # pytest-xdist's processes inherit the folder of the process that starts them.
    if not hasattr(config, "workerinput"):
        stack = ExitStack()
        stack.enter_context(shared.folder())
        config.add_cleanup(stack.close)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_quick(item):
            item.add_marker("quick")


def pytest_collection_finish() -> None:
    # The schema and all tests live until the end, so the garbage collector should skip them.
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    """Print plain tracebacks, as the program does. structlog's own show local values, and each takes seconds.

    The `repr` of some values raises: facts that a metric does not declare cannot be read.
    """
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture
def record() -> None:
    """Load the Partnership on AI's record into the test's database. Without this fixture, the database is empty."""


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a migrated database that only this test uses."""
    content = "record" if "record" in request.fixturenames else "migrated"
    with shared.new_database(request.param, tmp_path, content) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.dispose()
