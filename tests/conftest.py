"""Fixtures: every database test runs on SQLite and on a real Postgres, each in a database of its own."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from db.connections.engine import Database
from tests import shared
from tests.quick import is_quick


def pytest_configure(config: pytest.Config) -> None:
    # The processes that pytest-xdist starts inherit the folder of the one that starts them.
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
    # The schema and all tests stay until the end: without them the collector has nothing to look through.
    gc.collect()
    gc.freeze()


@pytest.fixture
def record() -> None:
    """Asked for, it makes the test's database one that holds the Partnership on AI's record; else it is empty."""


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of this test's own."""
    content = "record" if "record" in request.fixturenames else "migrated"
    with shared.new_database(request.param, tmp_path, content) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.dispose()
