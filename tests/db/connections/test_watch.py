"""The watch notices a commit of another process without asking the database."""

import asyncio

from db.connections.engine import Database
from tests.rows import Rows
from tests.until import until


async def test_commit_of_another_engine_wakes(database: Database, database_url: str) -> None:
    woken = asyncio.Event()

    async def is_woken() -> bool:
        return woken.is_set()

    other = Database(database_url)
    try:
        async with database.watch(woken.set):
            await asyncio.sleep(0.5)
            woken.clear()
            await asyncio.sleep(0.2)
            assert not woken.is_set()
            await Rows(other).organization(convener=True)
            await until(is_woken)
    finally:
        await other.dispose()
