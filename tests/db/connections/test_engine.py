"""Concurrent units of work, and reads of a database that others write to."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from db.connections.engine import Database
from db.connections.transient_errors import in_one_line
from db.models import Organization
from tests.rows import Rows

COUNT = select(func.count()).select_from(Organization)


async def test_snapshot_is_of_one_moment(database: Database) -> None:
    rows = Rows(database)
    async with database.snapshot() as session:
        before = await session.scalar(COUNT)
        await rows.organization()
        assert await session.scalar(COUNT) == before
    async with database.snapshot() as session:
        assert await session.scalar(COUNT) == (before or 0) + 1


async def test_single_statements_after_a_snapshot_see_newer_commits(database: Database) -> None:
    rows = Rows(database)
    async with database.snapshot() as session:
        before = await session.scalar(COUNT)
    async with database.read() as session:
        assert await session.scalar(COUNT) == before
        await rows.organization()
        assert await session.scalar(COUNT) == (before or 0) + 1


async def test_writers_of_sqlite_take_turns_in_order(database: Database) -> None:
    began: list[int] = []

    async def write(number: int) -> None:
        async with database.write() as session:
            await session.connection()
            began.append(number)
            # Longer than the first poll of the next waiter, shorter than that of the one after it.
            await asyncio.sleep(0.01 * number)

    async with asyncio.timeout(10):
        await asyncio.gather(*(write(number) for number in range(12)))
    assert began == list(range(12)) if database.dialect.name == "sqlite" else sorted(began) == list(range(12))


async def test_concurrent_openers_of_a_new_file_can_all_write(tmp_path: Path) -> None:
    # Without retries, every eighth file fails for one of the openers.
    for number in range(40):
        databases = [Database(f"sqlite:///{tmp_path}/{number}.db") for _ in range(4)]
        databases[0].create()
        await asyncio.gather(*map(create_table, databases))
        await asyncio.gather(*(database.dispose() for database in databases))


async def create_table(database: Database) -> None:
    async with database.write() as session:
        await session.execute(text("CREATE TABLE IF NOT EXISTS one (number INTEGER)"))


async def test_error_of_a_statement_hides_its_parameters(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised:
        async with database.write() as session:
            await session.execute(text("SELECT missing FROM nowhere WHERE x = :secret"), {"secret": "hush"})
    assert "hush" not in str(raised.value)
    assert "nowhere" in in_one_line(raised.value)
    assert "\n" not in in_one_line(raised.value)
