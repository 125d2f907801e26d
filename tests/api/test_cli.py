"""The command line: the effect, output and errors of each command."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from db.commands.key import find_key, list_keys
from db.connections.engine import Database
from db.migrate import is_migrated
from schema.build import build
from seed.load import is_empty
from tests.api.conftest import Run

T = TypeVar("T")
pytestmark = pytest.mark.usefixtures("signals_and_logs")


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Return a function that runs a command on an empty, migrated database."""

    def run(*arguments: str, **environment: str) -> Result:
        settings = {"CONVENE_DATABASE_URL": database_url, "CONVENE_DATA_DIR": str(tmp_path), "CONVENE_REDIS_URL": ""}
        return CliRunner().invoke(app, arguments, env=settings | environment)

    return run


def stored(url: str, read: Callable[[Database], Awaitable[T]]) -> T:
    """Return the result of `read` on the database."""

    async def reading() -> T:
        database = Database(url)
        try:
            return await read(database)
        finally:
            await database.dispose()

    return asyncio.run(reading())


def assert_refused(result: Result, message: str, code: int = 1) -> None:
    """Assert that the command printed only this line, to standard error."""
    assert (result.exit_code, result.stdout) == (code, "")
    assert re.fullmatch(f"convene: {message}\n", result.stderr), result.stderr


def test_help_names_every_command(alone: Run) -> None:
    result = alone("--help")
    assert result.exit_code == 0
    for command in ("serve", "worker", "migrate", "seed", "keys", "schema", "recompute"):
        assert f" {command} " in result.stdout


def test_schema_is_printed(alone: Run) -> None:
    assert alone("schema").stdout == build().as_str() + "\n"


def test_migrate_migrates_once(alone: Run, tmp_path: Path) -> None:
    assert alone("migrate").stdout == "Migrated the database.\n"
    assert stored(f"sqlite:///{tmp_path}/convene.db", is_migrated)
    assert alone("migrate").stdout == "The database is up to date.\n"


def test_seed_loads_the_first_record_once(run: Run, database_url: str) -> None:
    assert run("seed").stdout == "Loaded partnership-on-ai.toml.\n"
    assert run("seed").stdout == "Loaded nothing: partnership-on-ai.toml is loaded already.\n"
    assert run("seed", "--if-empty").stdout == "Loaded nothing: the database is not empty.\n"


def test_synthetic_seed_is_loaded_once(run: Run) -> None:
    loaded = "Loaded 1 synthetic conveners; `convene recompute --all` or a worker computes their metrics.\n"
    assert run("seed", "--synthetic", "--conveners", "1").stdout.endswith(loaded)
    again = run("seed", "--synthetic", "--conveners", "1")
    assert again.exit_code == 1
    assert again.stderr == "convene: expected a database without a synthetic registry, got one that has it\n"


@pytest.mark.parametrize("also", ["record.toml", "--if-empty"])
def test_synthetic_seed_is_no_record(run: Run, also: str) -> None:
    assert_refused(run("seed", "--synthetic", also), "expected --synthetic alone, got a file or --if-empty", 2)


async def _is_empty(database: Database) -> bool:
    async with database.read() as session:
        return await is_empty(session)


@pytest.mark.parametrize("text", ['convener = "', 'convener = "acme"\n', "\x00"])
def test_broken_record_is_refused_whole(run: Run, database_url: str, tmp_path: Path, text: str) -> None:
    record = tmp_path / "record.toml"
    record.write_text(text)
    assert_refused(run("seed", str(record)), rf"{re.escape(str(record))}:\d+: .*")
    assert stored(database_url, _is_empty)


def test_missing_record_is_refused(run: Run, tmp_path: Path) -> None:
    assert_refused(run("seed", str(tmp_path / "none.toml")), r".*none\.toml.*")


async def _keys(database: Database) -> list[tuple[str, bool]]:
    async with database.read() as session:
        return [(key.name, key.revoked_at is None) for key in await list_keys(session)]


def test_created_key_is_shown_once_and_valid(run: Run, database_url: str) -> None:
    secret = run("keys", "create", "Ada").stdout.strip()

    async def found(database: Database) -> str | None:
        async with database.read() as session:
            key = await find_key(session, secret)
        return key.name if key else None

    assert stored(database_url, found) == "Ada"
    listed = run("keys", "list").stdout
    assert re.fullmatch(r" +1  ADMIN  \d{4}-\d\d-\d\d  valid    Ada\n", listed)
    assert secret not in listed


def test_revoked_key_is_listed_as_revoked(run: Run, database_url: str) -> None:
    run("keys", "create", "Ada")
    assert run("keys", "revoke", "1").stdout == "Revoked key 1 (Ada).\n"
    assert stored(database_url, _keys) == [("Ada", False)]
    assert "revoked  Ada" in run("keys", "list").stdout


def test_bad_key_commands_are_refused(run: Run) -> None:
    assert_refused(run("keys", "create", " "), "expected name not to be blank, got ' '")
    assert_refused(run("keys", "create", "\x1b[31mAda"), r"expected name of printable characters, got '\\x1b\[31mAda'")
    assert_refused(run("keys", "revoke", "7"), "expected an existing ApiKey, got ApiKey:7")


def test_recompute_computes_every_organization_anew(run: Run) -> None:
    run("seed")
    for _ in range(2):
        result = run("recompute", "--all")
        assert result.stdout.endswith("Recomputed 13 organizations.\n")


def test_recompute_of_nothing_in_particular_is_refused(run: Run) -> None:
    assert_refused(run("recompute"), "expected --all, got no organizations to recompute", 2)


@pytest.mark.parametrize("command", [["seed"], ["keys", "list"], ["recompute", "--all"], ["worker"]])
def test_database_that_is_not_migrated_is_refused(alone: Run, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "convene.db").touch()
    assert_refused(
        alone(*command), "expected a database of this version, got one to migrate at .*: run `convene migrate`"
    )
