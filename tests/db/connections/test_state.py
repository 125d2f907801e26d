"""The state of the data changes with every commit of any process."""

import asyncio
import sys

import pytest
from sqlalchemy import text

from db.connections.engine import Database
from tests.rows import Rows

INSERT = """import asyncio, sys
from db.connections.engine import Database
from tests.rows import Rows
async def main():
    database = Database(sys.argv[1])
    await Rows(database).organization()
    await database.dispose()
asyncio.run(main())"""


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


async def test_state_stays_the_same_without_a_commit(database: Database, rows: Rows) -> None:
    await rows.organization()
    before = await database.state()
    async with database.read() as session:
        await session.execute(text("SELECT count(*) FROM organization"))
    assert [await database.state() for _ in range(3)] == [before] * 3
    assert set(await asyncio.gather(*(database.state() for _ in range(10)))) == {before}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE organization SET name = 'other'",
        "DELETE FROM organization",
        "INSERT INTO organization_marks_nothing VALUES (1)",
        "DROP TABLE organization_marks_nothing",
    ],
)
async def test_every_commit_changes_the_state(database: Database, rows: Rows, sql: str) -> None:
    await rows.organization()
    await rows.execute("CREATE TABLE organization_marks_nothing (id integer)")
    before = await database.state()
    await rows.execute(sql)
    assert await database.state() != before


async def test_commit_of_another_process_changes_the_state(database: Database, database_url: str) -> None:
    before = await database.state()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", INSERT, database_url)
    assert await process.wait() == 0
    assert await database.state() != before


async def test_uncommitted_writes_do_not_change_the_state(database: Database, rows: Rows) -> None:
    await rows.organization()
    before = await database.state()
    async with database.writer.connect() as connection:
        await connection.execute(text("UPDATE organization SET name = 'other'"))
        during = await database.state()
        await connection.commit()
    assert during == before
    assert await database.state() != before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_rollback_is_no_commit(database: Database, rows: Rows) -> None:
    # On Postgres a rollback changes the state. That only costs an extra answer.
    await rows.organization()
    before = await database.state()
    async with database.writer.connect() as connection:
        await connection.execute(text("UPDATE organization SET name = 'other'"))
        await connection.rollback()
    assert await database.state() == before


async def test_another_connection_has_a_different_state(database: Database) -> None:
    before = await database.state()
    await database.dispose()
    after = await database.state()
    assert (after == before) == (database.dialect.name == "postgresql")
