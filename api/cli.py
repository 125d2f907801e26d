"""The command line. What a command needs is imported when it runs, so that each starts as fast as it can."""

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
    help="A registry of multi-stakeholder organizations, served as GraphQL, with derived metrics that stay true.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="The API keys that open the mutations.", no_args_is_help=True)
app.add_typer(keys, name="keys")


class Refused(Exception):
    """What was asked for can't be done as things are; the message says what to do."""


@app.command()
def serve(
    worker: Annotated[
        bool,
        typer.Option(help="Also migrate, seed an empty database, and run relay and worker in this process."),
    ] = True,
) -> None:
    """Serve the API until Ctrl-C or SIGTERM."""
    _end_with_zero()
    settings = _settings()
    from api.log import configure
    from api.serve import serve

    configure()
    with _told():
        serve(settings, with_worker=worker, say=typer.echo)


@app.command()
def worker() -> None:
    """Keep the metrics true in a process of its own, until Ctrl-C or SIGTERM."""
    _end_with_zero()
    settings = _settings()
    from api.collector import freeze_gc
    from api.log import configure
    from workers.main import work

    configure()

    async def run(database: "Database") -> None:
        queue = "jobs from CONVENE_REDIS_URL" if settings.redis_url else "no CONVENE_REDIS_URL: the relay works alone"
        typer.echo(f"Convene's worker keeps the metrics true ({queue}; Ctrl-C ends it).")
        freeze_gc()
        await work(database, settings.redis_url)

    _on_database(settings, run)


@app.command()
def migrate() -> None:
    """Bring the database's tables and triggers up to this version."""
    from db.migrate import is_migrated, migrate

    async def run(database: "Database") -> bool:
        was_migrated = await is_migrated(database)
        await migrate(database)
        return was_migrated

    was_migrated = _on_database(_settings(), run, migrated=False)
    typer.echo("The database is up to date." if was_migrated else "The database has been migrated.")


@app.command()
def seed(
    file: Annotated[Path | None, typer.Argument(help="A record; the Partnership on AI unless told.")] = None,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Only where no organization is registered.")] = False,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Load made-up organizations instead, for measuring; they say so.")
    ] = False,
    conveners: Annotated[
        int, typer.Option(help="With --synthetic, how many conveners, with 100 partners each.")
    ] = 2000,
) -> None:
    """Load a record: whole or not at all, and once."""
    if synthetic:
        if file or if_empty:
            _fail("--synthetic takes neither a file nor --if-empty", 2)
        _seed_synthetic(conveners)
        return
    from seed.load import default_record, is_empty, load_record

    record = file or default_record()

    async def run(database: "Database") -> str:
        async with database.write() as session:
            if if_empty and not await is_empty(session):
                return "The database is not empty: nothing was loaded."
            loaded = await load_record(session, record)
        return f"{record.name} has been loaded." if loaded else f"{record.name} is loaded already."

    typer.echo(_on_database(_settings(), run))


def _seed_synthetic(conveners: int) -> None:
    from seed.synthetic import load_synthetic

    async def run(database: "Database") -> None:
        with _progress("Loading") as progress:
            async with database.write() as session:
                await load_synthetic(session, conveners, progress)

    _on_database(_settings(), run)
    typer.echo(
        f"{conveners} synthetic conveners have been loaded; `convene recompute --all` or a worker computes them."
    )


@app.command()
def recompute(
    all: Annotated[bool, typer.Option("--all", help="Of every organization; there is no other choice yet.")] = False,
) -> None:
    """Compute the metrics anew, whether or not anything has changed."""
    if not all:
        _fail("recompute must be told of whom: --all", 2)
    from workers.backfill import recompute_all

    async def run(database: "Database") -> "Backfilled":
        with _progress("Recomputing") as progress:
            return await recompute_all(database, progress)

    done = _on_database(_settings(), run)
    if done.failed:
        _fail(f"of {done.failed} organizations something could not be computed: ask for `jobs`, or see the log", 1)
    typer.echo(f"What is derived of {done.organizations} organizations has been computed anew.")


@app.command()
def schema() -> None:
    """Print the GraphQL schema in its definition language."""
    from schema.build import build

    typer.echo(build().as_str())


@keys.command("create")
def create_key(name: Annotated[str, typer.Argument(help="Whose it is; the audit log shows it.")]) -> None:
    """Print a new admin key, which is shown this once."""
    from db.commands.key import create_key

    async def run(database: "Database") -> str:
        async with database.write() as session:
            return await create_key(session, name)

    typer.echo(_on_database(_settings(), run))


@keys.command("list")
def list_keys() -> None:
    """Print every key's id, role, day of creation, state and name."""
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
def revoke_key(id: Annotated[int, typer.Argument(help="Its id, as `keys list` shows it.")]) -> None:
    """Revoke a key: it opens nothing any more."""
    from db.commands.key import revoke_key

    async def run(database: "Database") -> str:
        async with database.write() as session:
            return (await revoke_key(session, id)).name

    typer.echo(f"Key {id} ({_on_database(_settings(), run)}) is revoked.")


def _settings() -> "Settings":
    """The settings; ends the program with exit code 2 and a line for each that is wrong."""
    from pydantic import ValidationError

    from api.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = f"CONVENE_{problem['loc'][0]}".upper()
            if problem["type"] == "value_error":
                typer.echo(f"convene: {name} {problem['ctx']['error']}", err=True)  # pyright: ignore[reportTypedDictNotRequiredAccess]
            else:
                typer.echo(f"convene: {name}: {problem['msg']}, got {problem['input']!r}", err=True)
        raise typer.Exit(2) from None


def _on_database(settings: "Settings", run: "Callable[[Database], Awaitable[T]]", *, migrated: bool = True) -> T:
    """What `run` gives, on the database that the settings name, which must be migrated unless told otherwise."""
    from db.connections.engine import Database
    from db.migrate import is_migrated

    async def on_database() -> T:
        database = Database(settings.database)
        try:
            if migrated and not await is_migrated(database):
                raise Refused("the database is not migrated to this version: run `convene migrate` first")
            return await run(database)
        finally:
            await database.dispose()

    with _told():
        return asyncio.run(on_database())


@contextmanager
def _progress(label: str) -> Generator[Callable[[int, int], None]]:
    """A bar on the terminal, and the function that tells it how much is done, and of how much."""
    with typer.progressbar(length=1, label=label) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


@contextmanager
def _told() -> Generator[None]:
    """What a user can cure is told in one line, with exit code 1; a fault of ours keeps its traceback."""
    from asyncpg import PostgresError  # pyright: ignore[reportMissingTypeStubs]
    from sqlalchemy.exc import InterfaceError, OperationalError

    from db.errors import DomainError
    from seed.refusal import RecordError

    try:
        yield
    except (Refused, DomainError, RecordError, OSError) as error:
        _fail(str(error), 1)
    except (PostgresError, OperationalError, InterfaceError) as error:
        _fail(f"the database must answer, got: {str(error).splitlines()[0]}", 1)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"convene: {message}", err=True)
    raise typer.Exit(code)


def _end_with_zero() -> None:
    """SIGINT and SIGTERM end the process with exit code 0: there is nothing to clean up while modules are imported."""

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)


if __name__ == "__main__":
    app()
