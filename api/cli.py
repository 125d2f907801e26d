"""The command line. Each command imports what it needs when it runs, so that every command starts fast."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from api.settings import Settings
    from db.connections.engine import Database
    from workers.backfill import Backfilled

T = TypeVar("T")

app = typer.Typer(
    help="A registry of multi-stakeholder organizations over GraphQL, with metrics that workers keep up to date.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="Manage the API keys that mutations require.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@app.command()
def serve(
    worker: Annotated[
        bool,
        typer.Option(help="Also migrate, seed an empty database, and run the relay and a worker in this process."),
    ] = True,
) -> None:
    """Serve the API until Ctrl-C or SIGTERM."""
    _end_with_zero()
    settings = _settings()
    from api.log import configure
    from api.serve import serve

    configure()
    with _errors_in_one_line(settings):
        serve(settings, with_worker=worker, say=typer.echo)


@app.command()
def worker() -> None:
    """Recompute stale metrics until Ctrl-C or SIGTERM."""
    _end_with_zero()
    settings = _settings()
    from api.collector import freeze_gc
    from api.log import configure
    from workers.main import work

    configure()

    async def run(database: "Database") -> None:
        queue = "jobs from CONVENE_REDIS_URL" if settings.redis_url else "no CONVENE_REDIS_URL: the relay recomputes"
        await database.probe()
        typer.echo(f"Convene's worker is running ({queue}; stop it with Ctrl-C).")
        freeze_gc()
        await work(database, settings.redis_url)

    _on_database(settings, run)


@app.command()
def migrate() -> None:
    """Create a missing SQLite database, and migrate tables and triggers to this version."""
    from db.migrate import migrate

    settings = _settings()

    async def run(database: "Database") -> bool:
        if settings.database_url is None:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        return await migrate(database)

    migrated = _on_database(settings, run, migrated=False)
    typer.echo("Migrated the database." if migrated else "The database is up to date.")


@app.command()
def seed(
    file: Annotated[Path | None, typer.Argument(help="The record to load; by default the Partnership on AI.")] = None,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Load only if there are no organizations.")] = False,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Load made-up organizations for benchmarks instead; their names say so.")
    ] = False,
    conveners: Annotated[
        int, typer.Option(help="With --synthetic: the number of conveners, with 100 partners each.")
    ] = 2000,
) -> None:
    """Load a record in one transaction; a record that is loaded already stays as it is."""
    if synthetic:
        if file or if_empty:
            _fail("expected --synthetic alone, got a file or --if-empty", 2)
        _seed_synthetic(conveners)
        return
    from seed.load import default_record, is_empty, load_record

    record = file or default_record()

    async def run(database: "Database") -> str:
        async with database.write() as session:
            if if_empty and not await is_empty(session):
                return "Loaded nothing: the database is not empty."
            loaded = await load_record(session, record)
        return f"Loaded {record.name}." if loaded else f"Loaded nothing: {record.name} is loaded already."

    typer.echo(_on_database(_settings(), run))


def _seed_synthetic(conveners: int) -> None:
    from seed.synthetic import load_synthetic

    async def run(database: "Database") -> None:
        with _progress("Loading") as progress:
            async with database.write() as session:
                await load_synthetic(session, conveners, progress)

    _on_database(_settings(), run)
    typer.echo(f"Loaded {conveners} synthetic conveners; `convene recompute --all` or a worker computes their metrics.")


@app.command()
def recompute(
    all: Annotated[bool, typer.Option("--all", help="Recompute every organization. Required.")] = False,
) -> None:
    """Recompute metrics now, even if nothing changed."""
    if not all:
        _fail("expected --all, got no organizations to recompute", 2)
    from workers.backfill import recompute_all

    async def run(database: "Database") -> "Backfilled":
        with _progress("Recomputing") as progress:
            return await recompute_all(database, progress)

    done = _on_database(_settings(), run)
    if done.failed:
        _fail(f"{done.failed} organizations failed: query `jobs` or read the log", 1)
    typer.echo(f"Recomputed {done.organizations} organizations.")


@app.command()
def schema() -> None:
    """Print the GraphQL schema (SDL)."""
    from schema.build import build

    typer.echo(build().as_str())


@keys.command("create")
def create_key(name: Annotated[str, typer.Argument(help="The holder's name, which the audit log shows.")]) -> None:
    """Create an admin key and print it. It is shown only once."""
    from db.commands.key import create_key

    async def run(database: "Database") -> str:
        async with database.write() as session:
            return await create_key(session, name)

    typer.echo(_on_database(_settings(), run))


@keys.command("list")
def list_keys() -> None:
    """List all keys: id, role, creation date, state and name."""
    from db.commands.key import list_keys

    async def run(database: "Database") -> list[str]:
        async with database.read() as session:
            found = await list_keys(session)
        return [
            f"{key.id:>4}  {key.role.name}  {key.created_at:%Y-%m-%d}  {'revoked' if key.revoked_at else 'valid':7}"
            f"  {key.name}"
            for key in found
        ]

    for line in _on_database(_settings(), run):
        typer.echo(line)


@keys.command("revoke")
def revoke_key(id: Annotated[int, typer.Argument(help="The key's id, from `keys list`.")]) -> None:
    """Revoke a key."""
    from db.commands.key import revoke_key

    async def run(database: "Database") -> str:
        async with database.write() as session:
            return (await revoke_key(session, id)).name

    typer.echo(f"Revoked key {id} ({_on_database(_settings(), run)}).")


def _settings() -> "Settings":
    """The settings. If some are invalid, prints one line that names them and exits with code 2."""
    from pydantic import ValidationError

    from api.settings import Settings, problems

    try:
        return Settings()
    except ValidationError as error:
        _fail("; ".join(problems(error)), 2)


def _on_database(settings: "Settings", run: "Callable[[Database], Awaitable[T]]", *, migrated: bool = True) -> T:
    """The result of `run` on the database of the settings, which must be migrated unless `migrated` is false."""
    from db.connections.engine import Database
    from db.migrate import check_migrated

    async def on_database() -> T:
        database = Database(settings.database)
        try:
            if migrated:
                await check_migrated(database)
            return await run(database)
        finally:
            await database.dispose()

    with _errors_in_one_line(settings):
        return asyncio.run(on_database())


@contextmanager
def _progress(label: str) -> Generator[Callable[[int, int], None]]:
    """A progress bar on the terminal, and the function that sets it to `done` of `total`."""
    with typer.progressbar(length=1, label=label) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


@contextmanager
def _errors_in_one_line(settings: "Settings") -> Generator[None]:
    """Prints an error that the user can correct in one line, with exit code 1. Other errors keep their traceback."""
    from api.failures import explain

    try:
        yield
    except Exception as error:
        if (line := explain(error, settings)) is None:
            raise
        _fail(line, 1)


def _fail(message: str, code: int) -> NoReturn:
    # A path may hold line breaks, and escape sequences that a terminal would obey.
    line = "".join(one if one.isprintable() else repr(one)[1:-1] for one in message)
    typer.echo(f"convene: {line}", err=True)
    raise typer.Exit(code)


def _end_with_zero() -> None:
    """Makes SIGINT and SIGTERM exit with code 0. While modules are imported, there is nothing to clean up."""

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)


if __name__ == "__main__":
    app()
