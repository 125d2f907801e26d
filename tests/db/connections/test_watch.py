"""The watch notices another process's commit without asking the database."""

import asyncio
import sys
from pathlib import Path

import pytest

from db.connections import watch
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


async def test_commit_is_noticed_where_the_kernel_tells_of_no_changes(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_watch_folder", lambda folder: None)
    await test_commit_of_another_engine_wakes(database, database_url)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has inotify")
async def test_log_that_does_not_change_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def stamp(self: object) -> tuple[int, int]:
        nonlocal looks
        looks += 1
        # Two changes within one tick of the file's clock have the same stamp.
        return (1, 1)

    monkeypatch.setattr(watch._Log, "_stamp", stamp)
    woken = asyncio.Event()
    async with watch.watch_log(str(tmp_path / "registry.db"), woken.set):
        await asyncio.sleep(0.2)
        (tmp_path / "other.log").write_text("not the log of the database")
        await asyncio.sleep(0.2)
        # The first look finds a change, so a second one follows.
        assert looks == 2
        woken.clear()
        (tmp_path / "registry.db-wal").write_text("a commit")
        async with asyncio.timeout(1):
            await woken.wait()
        await asyncio.sleep(0.2)
        assert looks == 4
