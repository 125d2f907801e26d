"""The servers to compare: one process each, its requests, and its use of CPU and memory."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import orjson
from sqlalchemy import make_url

from bench.postgraphile import install
from bench.postgraphile import queries as postgraphile_queries
from bench.queries import PLACES, QUERIES, Variables, variables
from db.connections.engine import POSTGRES_SETTINGS

START_S = 60
STOP_S = 12
PYTHON = sys.executable
CLOCK_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Data:
    """A database with a synthetic registry."""

    url: str
    conveners: int


@dataclass(frozen=True)
class Contender:
    """A kind of server. It takes part in one of `every` rounds.

    `command` returns the command line and the environment for a database, a port and a folder.
    """

    name: str
    command: Callable[[Data, int, Path], tuple[list[str], dict[str, str]]]
    path: Callable[[str], str] = lambda _: "/graphql"
    queries: dict[str, str] = field(default_factory=lambda: QUERIES)
    places: str | None = None
    convert_answer: Callable[[str, Any], Any] = lambda _, answer: answer
    every: int = 1


class Server:
    """A running contender, and its requests as bytes."""

    def __init__(
        self, contender: Contender, data: Data, process: subprocess.Popen[bytes], port: int, log: Path
    ) -> None:
        self.contender, self.data, self.port = contender, data, port
        self._process, self._log = process, log
        # Contenders without cursors page by these ids: each is the id before a page of the list.
        self.ids = list[str]()
        self._cursors = list[str]()
        self.requests: Callable[[str], list[bytes]] = cache(self._requests)

    def wait(self) -> None:
        """Wait until the server answers. Raises `RuntimeError` with the end of its log if that takes too long."""
        deadline = monotonic() + START_S
        while True:
            try:
                self.ask("small", {"slug": "synthetic-convener-1"})
            except OSError:
                if self._process.poll() is not None or monotonic() > deadline:
                    raise RuntimeError(f"expected a server that starts, got: {self._log.read_text()[-2000:]}") from None
                sleep(0.05)
            else:
                return

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the process so far, user and system, of all threads."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_A_SECOND

    @property
    def rss_mb(self) -> float:
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * PAGE_BYTES / 1e6

    def ask(self, query: str, variables: Variables) -> bytes:
        """Return the answer's body. Raises `RuntimeError` for an error."""
        return self._post(self.contender.path(query), self.contender.queries[query], variables)

    def walk(self) -> None:
        """Read the cursors of all pages of the list, if the contender has a query for them."""
        after: str | None = None
        while places := self.contender.places:
            edges = orjson.loads(self._post("/graphql", places, {"after": after}))["data"]["organizations"]["edges"]
            self._cursors += [edge["cursor"] for edge in edges]
            self.ids += [edge["node"]["id"].rpartition(":")[2] for edge in edges]
            if len(edges) < 100:
                return
            after = self._cursors[-1]

    def variables(self, query: str) -> list[Variables]:
        """Return the variables of successive requests. Needs `walk`, or `ids` from a contender of the same data."""
        places = self._cursors or self.ids
        return list(variables(query, self.data.conveners, places.__getitem__))

    def _requests(self, query: str) -> list[bytes]:
        return [
            _request(self.contender.path(query), self.contender.queries[query], values)
            for values in self.variables(query)
        ]

    def _post(self, path: str, query: str, variables: Variables) -> bytes:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        try:
            connection.request("POST", path, _body(query, variables), {"Content-Type": "application/json"})
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200 or body.startswith(b'{"errors"'):
            raise RuntimeError(f"expected an answer from {self.contender.name}, got {response.status} {body[:500]!r}")
        return body


@contextmanager
def serving(contender: Contender, data: Data, folder: Path) -> Generator[Server]:
    """Start the contender's server, which ends with this scope and logs into the folder."""
    port, log = _free_port(), folder / f"{contender.name}-{data.conveners}.log"
    command, environment = contender.command(data, port, folder)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield Server(contender, data, process, port, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _body(query: str, variables: Variables) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})


def _request(path: str, query: str, variables: Variables) -> bytes:
    body = _body(query, variables)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def _served(module: str) -> Callable[[Data, int, Path], tuple[list[str], dict[str, str]]]:
    def command(data: Data, port: int, _: Path) -> tuple[list[str], dict[str, str]]:
        return [PYTHON, "-m", "bench.server", module, str(port)], {"CONVENE_DATABASE_URL": data.url}

    return command


def _convene(data: Data, port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
    environment = {
        "CONVENE_DATABASE_URL": data.url,
        "CONVENE_DATA_DIR": str(folder / f"convene-{port}"),
        "CONVENE_REDIS_URL": "",
        "CONVENE_HOST": "127.0.0.1",
        "CONVENE_PORT": str(port),
    }
    return [str(Path(PYTHON).with_name("convene")), "serve"], environment


FLOOR = Contender("floor", _served("bench.floor"), path=lambda query: f"/{query}")
# As in production, a relay and a worker run in the process, with a Redis server.
CONVENE = Contender("convene", _convene, places=PLACES)
# It takes part only in every fifth round, because a round of it would take longer than all others together.
ORDINARY = Contender("ordinary", _served("bench.ordinary.app"), every=5)


def postgraphile() -> Contender:
    """Return PostGraphile. Raises `install.Absent` if it cannot be installed."""
    node = install.install()

    def command(data: Data, port: int, _: Path) -> tuple[list[str], dict[str, str]]:
        settings = " ".join(f"-c {name}={value}" for name, value in POSTGRES_SETTINGS.items())
        environment = {"PGOPTIONS": settings, "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
        return [str(node), str(install.FOLDER / "server.mjs"), _for_node(data.url), str(port)], environment

    return Contender(
        "postgraphile",
        command,
        queries=postgraphile_queries.QUERIES,
        places=postgraphile_queries.PLACES,
        convert_answer=postgraphile_queries.convert_answer,
    )


def _for_node(url: str) -> str:
    """Return the URL with the socket's folder as a percent-encoded host, as Node's driver expects it."""
    parts = make_url(url)
    folder = str(parts.query["host"]).replace("/", "%2F")
    return f"postgresql://{parts.username}@{folder}/{parts.database}"
