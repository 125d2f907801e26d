"""`convene serve`: prepares the data directory and the database, runs the server, and exits cleanly on a signal."""

import asyncio
import errno
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import uvicorn
from sqlalchemy import make_url
from starlette.applications import Starlette

from api.app import create_app
from api.collector import freeze_gc
from api.failures import CannotListen
from api.request import MAX_BODY_BYTES
from api.settings import Settings
from db.commands.key import create_key, list_keys
from db.connections.engine import Database
from db.migrate import check_migrated, migrate
from db.sql.locks import lock_setup
from seed.load import default_record, is_empty, load_record

# Supervisors kill a process after 10 s, so all steps end before: open requests, worker and Redis, then a hard exit.
REQUESTS_END_S: Final = 2
STOP_S: Final = 6.0
KILL_S: Final = 9.0


class Prepared(NamedTuple):
    """What `prepare` has done. `admin_key` is the file of a newly created key."""

    migrated: bool
    seeded: bool
    admin_key: Path | None


class Server(uvicorn.Server):
    """Calls `on_started` when it serves, and `on_ending` before it waits for open requests.

    The caller handles signals: uvicorn's own handler exits with code 143.
    """

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None], on_ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._on_ending = on_ending

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            freeze_gc()
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Subscriptions never end by themselves, so the server would wait for them.
        self._on_ending()
        await super().shutdown(sockets)


def serve(settings: Settings, *, with_worker: bool, say: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM, and then ends cleanly; a second signal ends it at once.

    `with_worker` prepares the database first (see `prepare`). Raises `CannotListen`, and what keeps the service from
    starting, such as `OSError`, `WrongDatabase` or the driver's error.
    """
    listener = listen(settings)
    app = create_app(settings, with_worker=with_worker)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=REQUESTS_END_S,
        ws_max_size=MAX_BODY_BYTES,
        # Its errors would be logged with a traceback; `_serve` raises them.
        lifespan="off",
        # A compressor costs each connection at least 100 KB, for events of a few hundred bytes.
        ws_per_message_deflate=False,
    )
    with listener, asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(settings, config, app, listener, with_worker, say))


def listen(settings: Settings) -> socket.socket:
    """A listening socket: early clients wait for the server instead of being refused."""
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family)
    # A name of a host may be too long to look up.
    except (OSError, UnicodeError) as error:
        match getattr(error, "errno", None):
            case errno.EADDRINUSE:
                problem = (
                    f"expected CONVENE_PORT to be a free port, got {settings.port}, which is in use: choose another"
                )
            case errno.EACCES:
                problem = (
                    f"expected CONVENE_PORT to be a port that you may open, got {settings.port}: choose one from 1024"
                )
            case _:
                problem = (
                    f"expected CONVENE_HOST to be an address of this machine, got {settings.host!r}: try 127.0.0.1"
                )
        raise CannotListen(problem) from None


async def prepare(settings: Settings) -> Prepared:
    """Creates the data directory, migrates the database, and gives it a record and a key if it has none; idempotent."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        # Also without a new migration, because it installs this version's triggers.
        migrated = await migrate(database)
        async with database.write() as session:
            await lock_setup(session)
            seeded = await is_empty(session) and await load_record(session, default_record())
        return Prepared(migrated, seeded, await _admin_key(database, settings.data_dir))
    finally:
        await database.dispose()


async def _admin_key(database: Database, directory: Path) -> Path | None:
    async with database.write() as session:
        await lock_setup(session)
        if await list_keys(session):
            return None
        # The file is written before the commit: nobody could recover a committed key whose file is missing.
        return write_secret(directory / "admin.key", await create_key(session, "admin"))


def write_secret(file: Path, secret: str) -> Path:
    """Writes the secret to a file that only its owner can read, and keeps an older file as `<name>.old`."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(descriptor, "w") as draft:
        draft.write(f"{secret}\n")
        draft.flush()
        os.fsync(descriptor)
    if file.exists():
        file.replace(file.with_name(f"{file.name}.old"))
    return Path(name).replace(file)


async def _serve(
    settings: Settings,
    config: uvicorn.Config,
    app: Starlette,
    listener: socket.socket,
    with_worker: bool,
    say: Callable[[str], None],
) -> None:
    prepared: Prepared | None = None

    def greet() -> None:
        for line in greeting(settings, listener.getsockname()[1], app.state.redis, prepared):
            say(line)

    server = Server(config, greet, app.state.feed.end)
    end_on_signals(server)
    try:
        prepared = await prepare(settings) if with_worker else await check(settings)
        async with app.router.lifespan_context(app):
            await server.serve(sockets=[listener])
    except asyncio.CancelledError:
        # The second signal cancels this task, and so does a shutdown that takes longer than `STOP_S`.
        return


async def check(settings: Settings) -> None:
    """Raises `WrongDatabase` unless the database is migrated, and the driver's error if it takes no writes."""
    database = Database(settings.database)
    try:
        await check_migrated(database)
        await database.probe()
    finally:
        await database.dispose()


def end_on_signals(server: uvicorn.Server) -> None:
    """Makes SIGINT or SIGTERM end the server, started or not. A second signal, or `STOP_S`, cancels this task."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task

    def end() -> None:
        if server.should_exit:
            task.cancel()
            return
        server.should_exit = True
        loop.call_later(STOP_S, task.cancel)
        # Killing a process that still hangs loses nothing: a recompute without a commit keeps its marks.
        last = threading.Timer(KILL_S, os._exit, [0])
        last.daemon = True
        last.start()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, end)


def greeting(settings: Settings, port: int, redis: str, prepared: Prepared | None) -> list[str]:
    """The lines that a started server prints: its addresses, database, key and Redis."""
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(settings.host, settings.host)
    origin = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return [
        f"Convene is running at {origin} (stop it with Ctrl-C).",
        f"  GraphiQL   {origin}/graphiql",
        f"  API        {origin}/graphql",
        f"  Database   {_database(settings, prepared)}",
        f"  Admin key  {_key(settings, prepared)}",
        f"  Redis      {_REDIS[redis]}" if prepared else "  Worker     none: run `convene worker` beside this server",
    ]


_REDIS: Final = {
    "given": "CONVENE_REDIS_URL",
    "embedded": "embedded: it starts and stops with this server",
    "absent": "none: the relay recomputes",
}


def _database(settings: Settings, prepared: Prepared | None) -> str:
    url = make_url(settings.database)
    name = url.database if url.get_backend_name() == "sqlite" else url.render_as_string()
    if prepared is None:
        return f"{name}, not migrated or seeded by this server"
    done = ["migrated" if prepared.migrated else "up to date"]
    if prepared.seeded:
        done.append("seeded with the Partnership on AI")
    return f"{name}: {', '.join(done)}"


def _key(settings: Settings, prepared: Prepared | None) -> str:
    file = (settings.data_dir / "admin.key").resolve()
    if prepared and prepared.admin_key:
        return f"{file} (new; send it as `Authorization: Bearer KEY` to write)"
    return str(file) if file.exists() else "none: create one with `convene keys create NAME`"
