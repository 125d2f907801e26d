"""`convene serve` as a process: its output, its files and its end."""

import asyncio
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.serve import CannotListen, listen, prepare, write_secret
from api.settings import Settings
from db.connections.drivers import asyncpg

QUERY = '{ organizations { totalCount } organization(slug: "partnership-on-ai") { metrics { state } } }'
RANK = 'mutation { setClaimRank(claim: "Claim:999999", rank: NORMAL, write: {reason: "a test"}) { __typename } }'


class Served:
    """A running server, with its first lines of output in `said`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout
        self.said = [process.stdout.readline() for _ in range(6)]
        found = re.search(r"http://\S+", self.said[0])
        assert found, (self.said, process.stderr and process.stderr.read())
        self.origin = found[0]
        self.children = children(process.pid)

    def ask(self, query: str, key: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.post(f"{self.origin}/graphql", json={"query": query}, headers=headers).json()["data"]

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def end(self, name: signal.Signals) -> None:
        """Send the signal, and assert that the server and all its children end in time, with exit code 0."""
        self.process.send_signal(name)
        assert self.process.wait(10) == 0
        assert [pid for pid in self.children if Path(f"/proc/{pid}").exists()] == []


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def start(data_dir: Path, *options: str, **environment: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONVENE_")}
    settings = {"CONVENE_DATA_DIR": str(data_dir), "CONVENE_PORT": "0"}
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", *options],
        env=inherited | settings | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(data_dir: Path, *options: str, **environment: str) -> Iterator[Served]:
    with start(data_dir, *options, **environment) as process:
        try:
            yield Served(process)
        finally:
            process.kill()


def test_first_start_sets_everything_up_and_second_leaves_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "var"
    with serving(data_dir) as served:
        said = "".join(served.said)
        assert f"{served.origin}/graphiql\n" in said
        assert f"{served.origin}/graphql\n" in said
        assert "migrated, seeded with the Partnership on AI" in said
        assert f"{data_dir}/admin.key (new" in said
        assert "embedded" in said
        assert len(served.children) == 1
        key_file = data_dir / "admin.key"
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        key = key_file.read_text().strip()
        assert served.ask(RANK, key)["setClaimRank"]["__typename"] == "NotFoundError"
        served.end(signal.SIGTERM)
    with sqlite3.connect(data_dir / "convene.db") as connection:
        connection.execute("DELETE FROM organization WHERE slug <> 'partnership-on-ai'")
        connection.execute("UPDATE source SET sha256 = 'of another text'")
    connection.close()
    with serving(data_dir) as served:
        assert "up to date\n" in served.said[3]
        assert served.ask(QUERY)["organizations"]["totalCount"] == 1
        assert key_file.read_text().strip() == key
        assert sorted(path.name for path in data_dir.iterdir() if "key" in path.name) == ["admin.key"]
        served.end(signal.SIGINT)


async def test_servers_that_start_at_once_set_one_database_up(tmp_path: Path, database_url: str) -> None:
    empty = await without_tables(database_url)
    settings = [Settings(database_url=empty, data_dir=tmp_path / name) for name in ("one", "other", "third")]
    prepared = await asyncio.gather(*map(prepare, settings))
    assert sorted(one.seeded for one in prepared) == [False, False, True]
    assert sum(one.admin_key is not None for one in prepared) == 1


async def without_tables(database_url: str) -> str:
    if database_url.startswith("sqlite"):
        return f"{database_url}.empty"
    connection = await asyncpg.connect(database_url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    return database_url


def test_metrics_come_true_in_the_serving_process(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path / "var", CONVENE_DATABASE_URL=database_url) as served:

        def is_fresh() -> bool:
            # Some of the record's metrics lack data, so they never become fresh.
            states = {metric["state"] for metric in served.ask(QUERY)["organization"]["metrics"]}
            return "FRESH" in states and "STALE" not in states

        served.wait_until(is_fresh)
        assert httpx.get(f"{served.origin}/readyz").json() == {"status": "ok", "database": "ok", "redis": "ok"}
        served.end(signal.SIGTERM)


def test_killed_redis_is_started_again(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        (redis,) = served.children
        os.kill(redis, signal.SIGKILL)

        def is_back() -> bool:
            served.children = children(served.process.pid)
            state = httpx.get(f"{served.origin}/readyz").json()
            return redis not in served.children and state["status"] == "ok"

        served.wait_until(is_back)
        served.end(signal.SIGTERM)


def test_open_connection_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as served, socket.create_connection(("127.0.0.1", int(served.origin[-5:]))) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        connection.sendall(b"Content-Length: 100\r\n\r\n{")
        time.sleep(0.2)
        began = time.monotonic()
        served.end(signal.SIGTERM)
        assert time.monotonic() - began < 4


def test_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as served, socket.create_connection(("127.0.0.1", int(served.origin[-5:]))) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        connection.sendall(b"Content-Length: 100\r\n\r\n{")
        time.sleep(0.2)
        began = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        served.end(signal.SIGINT)
        assert time.monotonic() - began < 1.5


def handles_signals(pid: int) -> bool:
    """Return whether the process already handles SIGTERM itself. It does so from its first moments on."""
    caught = re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("after_s", [0.1, 0.8, 1.3, 1.8])
def test_signal_while_it_starts_ends_it_cleanly(tmp_path: Path, after_s: float) -> None:
    with start(tmp_path) as process:
        while not handles_signals(process.pid):
            time.sleep(0.01)
        time.sleep(after_s)
        found = children(process.pid)
        process.terminate()
        assert process.wait(10) == 0
        assert [pid for pid in found if Path(f"/proc/{pid}").exists()] == []


def test_api_alone_leaves_the_database_as_it_is(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path, "--no-worker", CONVENE_DATABASE_URL=database_url) as served:
        assert "run `convene worker` beside this server" in served.said[5]
        assert served.children == []
        assert served.ask("{ organizations { totalCount } }") == {"organizations": {"totalCount": 0}}
        assert not (tmp_path / "admin.key").exists()
        served.end(signal.SIGTERM)


def refused(process: subprocess.Popen[str]) -> str:
    """Return the line that the server printed before it ended."""
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert err.count("\n") == 1
    return err


def test_port_that_is_taken_is_told_in_one_line_and_nothing_is_set_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(start(tmp_path / "var", CONVENE_PORT=str(port)))
    assert said == f"convene: expected CONVENE_PORT to be a free port, got {port}, which is in use: choose another\n"
    assert not (tmp_path / "var" / "admin.key").exists()


def test_data_directory_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refused(start(tmp_path / "file" / "var"))


def test_database_that_is_away_is_told_in_one_line(tmp_path: Path) -> None:
    refused(start(tmp_path, CONVENE_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"))


def test_host_that_is_not_ours_is_refused() -> None:
    for host in ("192.0.2.1", "no.such.host.invalid"):
        with pytest.raises(CannotListen, match=f"expected CONVENE_HOST to be an address of this machine, got '{host}'"):
            listen(Settings(host=host, port=0))


def test_secret_that_was_there_is_kept_aside(tmp_path: Path) -> None:
    for secret in ("first", "second"):
        file = write_secret(tmp_path / "admin.key", secret)
    assert file.read_text() == "second\n"
    assert (tmp_path / "admin.key.old").read_text() == "first\n"
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 2


def test_standing_worker_ends_with_exit_code_0(tmp_path: Path, database_url: str) -> None:
    inherited = os.environ | {"CONVENE_DATABASE_URL": database_url, "CONVENE_REDIS_URL": ""}
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "worker"], env=inherited, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert "no CONVENE_REDIS_URL: the relay recomputes" in process.stdout.readline()
        process.terminate()
        assert process.wait(10) == 0
