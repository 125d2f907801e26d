"""Reads by raw driver connections, and the failures that they survive."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest

from db.connections.drivers import sqlite
from db.connections.engine import Database
from db.connections.pool import Busy, Pool, SqliteConnection
from tests.rows import Rows


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


@pytest.fixture
def slow(database: Database) -> str:
    """Return a statement that takes a minute."""
    if database.dialect.name == "postgresql":
        return "SELECT convert_to(pg_sleep(60)::text, 'UTF8')"
    return """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)
      SELECT CAST(count(*) AS BLOB) FROM n"""


@pytest.fixture
def words(database: Database) -> str:
    """Return a statement that selects its parameter."""
    postgres = database.dialect.name == "postgresql"
    return "SELECT convert_to($1::text, 'UTF8')" if postgres else "SELECT CAST(? AS BLOB)"


async def test_bytes_are_returned_unchanged(database: Database, words: str) -> None:
    assert await database.fetch_bytes(words, ["é\U0001f600"]) == "é\U0001f600".encode()


async def test_each_of_many_at_once_gets_its_own_answer(database: Database, words: str) -> None:
    wanted = [f"{number}" for number in range(100)]
    answers = await asyncio.gather(*(database.fetch_bytes(words, [word]) for word in wanted))
    assert answers == [word.encode() for word in wanted]


async def test_reads_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        await database.fetch_bytes("DELETE FROM mark RETURNING id", [])


async def test_refused_statement_does_not_affect_the_next_one(database: Database, words: str) -> None:
    for _ in range(20):
        with pytest.raises(Exception, match="nowhere"):
            await database.fetch_bytes("SELECT id FROM nowhere", [])
    assert await database.fetch_bytes(words, ["next"]) == b"next"


async def test_cancelled_statement_ends_and_does_not_affect_the_next_one(
    database: Database, slow: str, words: str
) -> None:
    for _ in range(20):
        asking = asyncio.create_task(database.fetch_bytes(slow, []))
        await asyncio.sleep(0.02)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await database.fetch_bytes(words, ["next"]) == b"next"
    # This returns only when the cancelled statement has ended.
    async with asyncio.timeout(10):
        await database.dispose()


async def test_disposed_database_can_be_used_again(database: Database, words: str) -> None:
    for _ in range(2):
        assert await database.fetch_bytes(words, ["again"]) == b"again"
        await database.dispose()


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    pool = Pool(database.connect_reader, size=2, patience_s=0.05)
    yield pool
    await pool.dispose()


async def test_waiting_too_long_raises_busy(pool: Pool, slow: str, words: str) -> None:
    taken = [asyncio.create_task(pool.fetch(slow, [])) for _ in range(2)]
    await asyncio.sleep(0.02)
    with pytest.raises(Busy, match=r"^expected a free connection within 0\.05 s, got none of 2: retry later$"):
        await pool.fetch(words, ["x"])
    for asking in taken:
        asking.cancel()
    await asyncio.gather(*taken, return_exceptions=True)
    assert await pool.fetch(words, ["x"]) == b"x"


async def test_cancelled_waiter_passes_its_slot_on(database: Database, words: str) -> None:
    pool = Pool(database.connect_reader, size=2)
    asking = [asyncio.create_task(pool.fetch(words, [str(n)])) for n in range(20)]
    await asyncio.sleep(0)
    for gone in asking[::3]:
        gone.cancel()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [answers[n] for n in range(20) if n % 3] == [str(n).encode() for n in range(20) if n % 3]
    assert await asyncio.gather(*(pool.fetch(words, [str(n)]) for n in range(5))) == [b"0", b"1", b"2", b"3", b"4"]
    await pool.dispose()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_lost_connections_are_replaced(database: Database, rows: Rows, words: str) -> None:
    end_all = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    waiting = "SELECT convert_to(pg_sleep(0.3)::text, 'UTF8')"
    await asyncio.gather(*(database.fetch_bytes(words, ["x"]) for _ in range(8)))
    # End the connections first while they are idle, then while they answer.
    await rows.execute(end_all)
    assert await database.fetch_bytes(words, ["idle"]) == b"idle"
    asking = [asyncio.create_task(database.fetch_bytes(waiting, [])) for _ in range(3)]
    await asyncio.sleep(0.1)
    await rows.execute(end_all)
    assert await asyncio.gather(*asking) == [b"", b"", b""]


async def test_statements_are_timed(database: Database, words: str) -> None:
    await database.fetch_bytes(words, ["x"])
    await database.fetch_bytes(words, ["y"])
    assert sum(database.statement_s.counts) == 2
    assert database.statement_s.sum_s > 0


async def test_statement_that_had_not_begun_is_interrupted_too(tmp_path: Path) -> None:
    raw = await aiosqlite.Connection(lambda: sqlite.connect(tmp_path / "late.db"), iter_chunk_size=64)
    begin = threading.Event()
    held = asyncio.ensure_future(raw._execute(begin.wait))  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]
    endless = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    asking = asyncio.ensure_future(raw.execute_fetchall(endless))
    await asyncio.sleep(0)
    connection = SqliteConnection(raw)
    connection.interrupt()
    closing = asyncio.ensure_future(connection.close())
    begin.set()
    async with asyncio.timeout(10):
        await asyncio.gather(held, closing)
    with pytest.raises(sqlite.OperationalError, match="interrupted"):
        await asking
