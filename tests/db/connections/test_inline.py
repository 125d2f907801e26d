import asyncio
from collections.abc import AsyncGenerator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from db.connections import inline
from db.connections.drivers import sqlite
from db.connections.engine import SQLITE_READERS, Database
from db.connections.inline import Inline
from db.connections.pool import Pool, SqliteConnection

COUNT = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n"


class Seen(Inline):
    """Records whether each statement ran inline or in the pool."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.ways: list[str] = []

    def _fetch(self, sql: str, parameters: Any) -> Any:
        value = super()._fetch(sql, parameters)
        self.ways.append("inline")
        return value


@pytest.fixture
async def seen(tmp_path: Path) -> AsyncGenerator[Seen]:
    database = Database(f"sqlite:///{tmp_path}/inline.db")
    database.create()
    async with database.write() as session:
        await (await session.connection()).exec_driver_sql("CREATE TABLE one (n INTEGER)")

    def connect() -> Any:
        return sqlite.connect(f"{tmp_path}/inline.db", isolation_level=None, timeout=0)

    seen = Seen(connect, sqlite.OperationalError, Pool(database.connect_reader, SQLITE_READERS))
    yield seen
    await seen.dispose()
    await database.dispose()


async def test_short_statement_stays_in_the_thread(seen: Seen) -> None:
    assert [await seen.fetch("SELECT ?", [n]) for n in range(3)] == [0, 1, 2]
    assert seen.ways == ["inline"] * 3


async def test_long_statement_is_interrupted_and_moves_to_the_pool(seen: Seen) -> None:
    assert await seen.fetch(COUNT, [200_000]) == 200_000
    assert seen.ways == []


async def test_statement_that_was_slow_once_is_tried_inline_again(seen: Seen) -> None:
    await seen.fetch(COUNT, [200_000])
    answers = [await seen.fetch(COUNT, [2]) for _ in range(inline.FIRST_REST + 2)]
    assert answers == [2] * len(answers)
    assert seen.ways == ["inline"] * 2
    # The statement was quick again since then, which resets the count.
    await seen.fetch(COUNT, [200_000])
    for _ in range(inline.FIRST_REST + 1):
        await seen.fetch(COUNT, [2])
    assert seen.ways == ["inline"] * 3


async def test_statement_that_stays_slow_stays_in_the_pool_longer_each_time(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0

    def is_over() -> bool:
        nonlocal tried
        tried += 1
        return True

    monkeypatch.setattr(seen, "_is_over", is_over)
    for _ in range(3 * inline.FIRST_REST + 3):
        await seen.fetch(COUNT, [500])
    assert (tried, seen.ways) == (3, [])


async def test_statement_on_a_locked_database_moves_to_the_pool(tmp_path: Path) -> None:
    path = f"{tmp_path}/locked.db"

    async def connect() -> SqliteConnection:
        patient = partial(sqlite.connect, path, timeout=10)
        return SqliteConnection(await aiosqlite.Connection(patient, iter_chunk_size=64))

    seen = Seen(lambda: sqlite.connect(path, timeout=0), sqlite.OperationalError, Pool(connect, 1))
    with closing(sqlite.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE one AS SELECT 7 AS n")
        # Without the write-ahead log, nobody can read while another connection holds the lock.
        other.execute("BEGIN EXCLUSIVE")
        asking = asyncio.create_task(seen.fetch("SELECT n FROM one", []))
        await asyncio.sleep(0.05)
        assert not asking.done()
        other.execute("COMMIT")
        assert await asking == 7
    assert seen.ways == []
    await seen.dispose()


async def test_error_of_a_statement_is_raised_unchanged(seen: Seen) -> None:
    with pytest.raises(sqlite.OperationalError, match="no such table: nowhere"):
        await seen.fetch("SELECT * FROM nowhere", [])
    assert seen.ways == []
