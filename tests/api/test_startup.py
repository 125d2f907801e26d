"""A start with a wrong setting or a broken database ends with one line, which names the setting or file and a cure."""

import asyncio
import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs
from typer.testing import Result

from api.serve import prepare
from api.settings import Settings
from db.connections import engine
from db.connections.drivers import asyncpg
from db.migrate import newest_revision
from tests import shared
from tests.api.conftest import Run, running

pytestmark = pytest.mark.usefixtures("signals_and_logs")

SERVE, ALONE, MIGRATE, KEYS = ["serve"], ["serve", "--no-worker"], ["migrate"], ["keys", "list"]
URL = "CONVENE_DATABASE_URL"


def line_of(result: Result, code: int = 1) -> str:
    """The one line that a command printed before it ended with this code."""
    assert (result.exit_code, result.stdout) == (code, ""), result.exception
    return only_line(result.stderr)


def only_line(said: str) -> str:
    assert said.startswith("convene: expected ")
    assert said.count("\n") == 1
    assert said.endswith("\n")
    assert ", got " in said
    assert "Errno" not in said
    return said.removeprefix("convene: ").removesuffix("\n")


# Settings


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("PROT", "8001", "expected a known setting, got CONVENE_PROT: did you mean CONVENE_PORT\\?"),
        ("DATABASE", "x", "expected a known setting, got CONVENE_DATABASE: did you mean CONVENE_DATABASE_URL\\?"),
        ("X", "1", "expected a known setting, got CONVENE_X: docs/reference/settings.md lists all"),
        ("PORT", "abc", "expected CONVENE_PORT to be a whole number from 0 to 65535, got 'abc'"),
        ("PORT", "65536", "expected CONVENE_PORT to be a whole number from 0 to 65535, got '65536'"),
        ("PORT", "tcp://10.0.0.1:8000", "expected CONVENE_PORT to be a whole number .*, got 'tcp://10.0.0.1:8000'"),
        ("PORT", "\x1b[31m" + "9" * 999, r"expected CONVENE_PORT to be a whole number .*, got '\\x1b\[31m9{71}…"),
        ("MAX_DEPTH", "17", "expected CONVENE_MAX_DEPTH to be a whole number from 1 to 16, got '17'"),
        ("MAX_COST", "0", "expected CONVENE_MAX_COST to be a whole number from 1, got '0'"),
        ("DATABASE_URL", "nonsense", "expected CONVENE_DATABASE_URL to begin with sqlite:// or .*, got no scheme"),
        ("DATABASE_URL", "mysql://u:hush@h/d", "expected CONVENE_DATABASE_URL to begin with .*, got mysql://"),
        ("DATABASE_URL", "sqlite://", "expected CONVENE_DATABASE_URL to have a host or a path .*, got nothing"),
        ("DATABASE_URL", "sqlite://convene.db", "expected CONVENE_DATABASE_URL as sqlite:///PATH, .*, got two"),
        ("DATABASE_URL", "sqlite:///:memory:", "expected CONVENE_DATABASE_URL to name a file, got :memory:, .*"),
        ("DATABASE_URL", "sqlite:///a.db?mode=ro", "expected CONVENE_DATABASE_URL without parameters .*, got 'mode'"),
        (
            "DATABASE_URL",
            "postgresql://u:hush@h:x/d",
            "expected CONVENE_DATABASE_URL to be a URL, got an unreadable .*",
        ),
        ("DATABASE_URL", "postgresql://u:hush@h/d?sslmode=require", ".* got 'sslmode': write ssl=require instead"),
        ("DATABASE_URL", "postgresql://u@h/d?password=hush", ".* known parameters, got 'password': known are host, .*"),
        ("REDIS_URL", "http://h", "expected CONVENE_REDIS_URL to begin with redis:// or rediss:// or .*, got http://"),
    ],
)
def test_wrong_setting(alone: Run, tmp_path: Path, name: str, value: str, line: str) -> None:
    said = line_of(alone("serve", **{f"CONVENE_{name}": value}), 2)
    assert re.fullmatch(line, said), said
    assert "hush" not in said
    assert list(tmp_path.iterdir()) == []


def test_all_wrong_settings_share_the_line(alone: Run) -> None:
    said = line_of(alone("migrate", CONVENE_PORT="x", CONVENE_MAX_COST="-1"), 2)
    assert [part.split()[1] for part in said.split("; ")] == ["CONVENE_MAX_COST", "CONVENE_PORT"]


def test_tests_own_variables_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVENE_TEST_ANYTHING", "1")
    monkeypatch.setenv("CONVENE_PROOF_SEED", "1")
    Settings()


@pytest.mark.parametrize("host", ["192.0.2.1", "a" * 80, "no such host"])
def test_host_that_is_not_ours(alone: Run, host: str) -> None:
    said = line_of(alone("serve", CONVENE_HOST=host))
    assert said == f"expected CONVENE_HOST to be an address of this machine, got '{host}': try 127.0.0.1"


def test_port_that_is_taken(alone: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = line_of(alone("serve", CONVENE_PORT=str(port)))
    assert said == f"expected CONVENE_PORT to be a free port, got {port}, which is in use: choose another"


# SQLite


def damaged(file: Path) -> None:
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(os.urandom(60 * 4096))


def cut(file: Path) -> None:
    os.truncate(file, 50_000)


def another_kind(file: Path) -> None:
    file.write_bytes(b"PK\x03\x04" + bytes(20_000))


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def no_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


def below_a_file(file: Path) -> None:
    shutil.rmtree(file.parent)
    file.parent.touch()


def sql(statement: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(statement)

    return change


@pytest.mark.parametrize("command", [SERVE, ALONE, MIGRATE, KEYS], ids=" ".join)
@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (damaged, "expected an intact database, got a damaged one at {file}: restore a backup"),
        (cut, "expected an intact database, got a damaged one at {file}: restore a backup"),
        (
            another_kind,
            "expected a SQLite database, got another kind of file at {file}: correct the path, or restore.*",
        ),
        (a_folder, "expected a file, got a folder at {file}: correct the path"),
        (no_folder, "expected an existing file or folder, got none at {folder}: create it, or correct the path"),
        (below_a_file, "expected a folder, got a file on the way to {file}: correct the path"),
        (
            sql("UPDATE alembic_version SET version_num = '9{{x}}'"),
            r"expected a database of revision \d+ or older, got '9.*' at {file}: start the newer program .*",
        ),
        (
            sql("DROP TABLE alembic_version"),
            "expected an empty database or one of Convene, got a table `.*` without a revision at {file}: restore .*",
        ),
        (
            sql("DELETE FROM alembic_version"),
            "expected an empty database or one of Convene, got a table `.*` without a revision at {file}: restore .*",
        ),
        (
            sql("DROP TABLE job"),
            r"expected all tables of revision \d+, got none named `job` at {file}: restore a backup",
        ),
    ],
)
def test_sqlite_that_is_not_usable(
    alone: Run, tmp_path: Path, spoil: Callable[[Path], None], line: str, command: list[str]
) -> None:
    file = tmp_path / "store" / "some.db"
    file.parent.mkdir()
    shutil.copy(shared.template("sqlite").removeprefix("sqlite:///"), file)
    spoil(file)
    said = line_of(alone(*command, **{URL: f"sqlite:///{file}"}))
    named = {"file": re.escape(f"{file} ({URL})"), "folder": re.escape(f"{file.parent} ({URL})")}
    assert re.fullmatch(line.format(**named), said), said


@pytest.mark.parametrize("command", [ALONE, KEYS, ["seed"], ["recompute", "--all"], ["worker"]], ids=" ".join)
def test_missing_sqlite_is_not_created(alone: Run, tmp_path: Path, command: list[str]) -> None:
    said = line_of(alone(*command))
    place = f"{tmp_path}/convene.db (CONVENE_DATA_DIR)"
    assert said == f"expected a database, got none at {place}: run `convene migrate`, or correct the path"
    assert list(tmp_path.iterdir()) == []


def test_data_directory_that_is_a_file(alone: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for data_dir in (tmp_path / "file", tmp_path / "file" / "var"):
        said = line_of(alone("serve", CONVENE_DATA_DIR=str(data_dir)))
        assert f"{data_dir} (CONVENE_DATA_DIR): correct the path" in said


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite fails as on a full disk as soon as a database grows."""
    monkeypatch.setattr(engine, "SQLITE_PRAGMAS", (*engine.SQLITE_PRAGMAS, "max_page_count=1"))


@pytest.mark.parametrize("command", [SERVE, MIGRATE], ids=" ".join)
def test_full_disk(alone: Run, tmp_path: Path, full_disk: None, command: list[str]) -> None:
    said = line_of(alone(*command))
    place = f"{tmp_path}/convene.db (CONVENE_DATA_DIR)"
    assert said == f"expected room on the disk, got a full one at {place}: free some"


def test_disk_that_fills_up_after_the_preparation(alone: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fill(settings: Settings) -> object:
        prepared = await prepare(settings)
        monkeypatch.setattr(engine, "SQLITE_PRAGMAS", (*engine.SQLITE_PRAGMAS, "max_page_count=1"))
        return prepared

    monkeypatch.setattr("api.serve.prepare", fill)
    said = line_of(alone("serve", CONVENE_PORT="0"))
    assert said.startswith(f"expected room on the disk, got a full one at {tmp_path}/convene.db")


def test_locked_sqlite(alone: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SQLITE_PRAGMAS", ("busy_timeout=50",))
    shutil.copy(shared.template("sqlite").removeprefix("sqlite:///"), tmp_path / "convene.db")
    with closing(engine.sqlite.connect(str(tmp_path / "convene.db"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        said = line_of(alone("migrate"))
    assert said.startswith(
        f"expected a database that no other process holds, got a locked one at {tmp_path}/convene.db"
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_files_are_their_owners_only(alone: Run, tmp_path: Path) -> None:
    file = tmp_path / "convene.db"
    assert alone("migrate").exit_code == 0
    assert mode(file) == 0o600
    with closing(engine.sqlite.connect(str(file))) as connection:
        connection.execute("PRAGMA user_version = 0")
        assert {path.name: mode(path) for path in tmp_path.iterdir()} == dict.fromkeys(
            ("convene.db", "convene.db-wal", "convene.db-shm"), 0o600
        )


# SQLite as another user sees it, and the whole program: in processes of their own.


def program(*arguments: str, **environment: str) -> str:
    """The one line of the program, which root runs without its right to write every file."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONVENE_")}
    plain = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*plain, sys.executable, "-m", "api.cli", *arguments],
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    return only_line(done.stderr)


needs_setpriv = pytest.mark.skipif(
    os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write every file: setpriv takes that right away"
)


@needs_setpriv
@pytest.mark.parametrize(("denied", "bits"), [("store/some.db", 0o400), ("store", 0o500)])
def test_place_without_permission(tmp_path: Path, denied: str, bits: int) -> None:
    file = tmp_path / "store" / "some.db"
    file.parent.mkdir()
    shutil.copy(shared.template("sqlite").removeprefix("sqlite:///"), file)
    (tmp_path / denied).chmod(bits)
    try:
        said = program("migrate", CONVENE_DATABASE_URL=f"sqlite:///{file}")
    finally:
        (tmp_path / denied).chmod(0o700)
    place = f"{tmp_path / denied} ({URL})"
    assert said == f"expected permission to read and write, got none at {place}: correct the owner or the mode"


def test_program_with_a_damaged_database_ends(tmp_path: Path) -> None:
    file = tmp_path / "convene.db"
    shutil.copy(shared.template("sqlite").removeprefix("sqlite:///"), file)
    damaged(file)
    said = program("serve", CONVENE_DATA_DIR=str(tmp_path), CONVENE_PORT="0")
    assert said == f"expected an intact database, got a damaged one at {file} (CONVENE_DATA_DIR): restore a backup"


# Postgres


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    with shared.new_database("postgres", tmp_path) as url:
        yield url


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def named(url: str, **parts: str) -> str:
    return make_url(url).set(**parts).render_as_string(hide_password=False)


def test_postgres_without_the_user_or_the_database(alone: Run, postgres: str) -> None:
    said = line_of(alone("migrate", **{URL: named(postgres, username="nobody_at_all")}))
    assert said.startswith(
        "expected Postgres to let user nobody_at_all in, got a refusal at postgresql://nobody_at_all"
    )
    assert said.endswith(f"({URL}): correct the user and the password")
    said = line_of(alone("serve", CONVENE_PORT="0", **{URL: named(postgres, database="none_at_all")}))
    assert said.startswith("expected an existing database, got none named none_at_all at postgresql://")
    assert said.endswith(f"({URL}): create it, or correct the name")


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (
            "UPDATE alembic_version SET version_num = '9999'",
            rf"expected a database of revision {newest_revision()} or older, got '9999' at .*: start the newer.*",
        ),
        ("DROP TABLE alembic_version", "expected an empty database or one of Convene, got a table .* without .*"),
        ("DROP TABLE job CASCADE", "expected all tables of .*, got none named `job` at .*: restore a backup"),
        (
            "ALTER DATABASE {name} SET default_transaction_read_only = on",
            "expected a Postgres that takes writes, got a read-only one at .*: name the primary server",
        ),
    ],
)
@pytest.mark.parametrize("command", [SERVE, MIGRATE], ids=" ".join)
def test_postgres_that_is_not_usable(alone: Run, postgres: str, statement: str, line: str, command: list[str]) -> None:
    asyncio.run(_execute(postgres, statement.format(name=make_url(postgres).database)))
    said = line_of(alone(*command, CONVENE_PORT="0", **{URL: postgres}))
    assert re.fullmatch(line, said), said
    assert f"({URL})" in said


def test_postgres_without_rights(alone: Run, postgres: str) -> None:
    name = make_url(postgres).database or ""
    asyncio.run(_execute(postgres, f"CREATE ROLE plain_{name} LOGIN"))
    try:
        said = line_of(alone("migrate", **{URL: named(postgres, username=f"plain_{name}")}))
    finally:
        asyncio.run(_execute(postgres, f"DROP ROLE plain_{name}"))
    assert said.startswith(
        f"expected user plain_{name} to have rights to create and write tables, got none at postgres"
    )
    assert said.endswith(f"({URL}): grant them")


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """The URL of a server that refuses encryption and then answers every start of a conversation with these bytes."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(ConnectionError):
                    if len(connection.recv(4096)) == 8:
                        connection.sendall(b"N")
                        connection.recv(4096)
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"postgresql://ada:hush@127.0.0.1:{listener.getsockname()[1]}/registry"
        listener.shutdown(socket.SHUT_RDWR)


def refusal(code: str) -> bytes:
    """Postgres's ErrorResponse with this code."""
    fields = b"SFATAL\0VFATAL\0C" + code.encode() + b"\0Ma message\0\0"
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (
            refusal("28P01"),
            "expected Postgres to let user ada in, got a refusal at .*: correct the user and the password",
        ),
        (refusal("3D000"), "expected an existing database, got none named registry at .*: create it, or correct .*"),
        (refusal("53300"), "expected a free connection, got none at .*: raise max_connections, or end other programs"),
        (refusal("57P03"), "expected Postgres to accept connections, got one that starts or stops at .*: try again"),
        (refusal("53100"), "expected room on the disk, got a full one at .*: free some"),
        (refusal("XX000"), "expected Postgres to answer, got an error at .*: a message"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "expected Postgres to answer, got .*"),
        (b"", "expected Postgres to answer, got .*"),
    ],
)
def test_postgres_that_refuses(alone: Run, answer: bytes, line: str) -> None:
    with answering(answer) as url:
        said = line_of(alone("migrate", **{URL: url}))
    assert re.fullmatch(line, said), said
    assert "postgresql://ada:***@127.0.0.1" in said
    assert f"({URL})" in said


@pytest.mark.parametrize("command", [SERVE, ALONE, MIGRATE, KEYS], ids=" ".join)
def test_postgres_that_is_away(alone: Run, command: list[str]) -> None:
    said = line_of(alone(*command, CONVENE_PORT="0", **{URL: "postgresql://ada:hush@127.0.0.1:1/registry"}))
    assert said.startswith(
        f"expected Postgres to answer, got no connection at postgresql://ada:***@127.0.0.1:1/registry ({URL})"
    )
    assert said.endswith(": start it, or correct the URL")


def test_postgres_on_an_unknown_host(alone: Run) -> None:
    said = line_of(alone("migrate", **{URL: "postgresql://ada@no.such.invalid/registry"}))
    assert said == (
        f"expected the name of a host, got an unknown one at postgresql://ada@no.such.invalid/registry ({URL}):"
        " correct the host"
    )


async def test_redis_that_is_away_is_named_and_the_service_runs(settings: Settings, tmp_path: Path) -> None:
    away = settings.model_copy(update={"redis_url": f"unix://{tmp_path}/none.sock"})
    with capture_logs() as logs:
        async with running(away) as client:
            assert (await client.get("/readyz")).json()["redis"] == "unreachable"
    events = [line["event"] for line in logs if line["log_level"] == "warning"]
    assert events == ["Redis away: start it, or correct CONVENE_REDIS_URL; until then the relay recomputes"]
