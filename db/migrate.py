"""Upgrades a database's tables and triggers to this version of the program.

Alembic is imported only if there is a migration to apply: its import takes 42 ms, a twentieth of a server's start.
"""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from sqlite3 import SQLITE_ERROR
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from db.connections.drivers import asyncpg, sqlite
from db.connections.engine import Database
from db.connections.transient_errors import sqlite_code
from db.models import Base
from db.sql.locks import lock_setup
from db.staleness import triggers

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION: Final = "alembic_version"


class WrongDatabase(Exception):
    """The database is not one that this program can use or migrate: what is wrong with it, and the cure."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(f"{problem}: {cure}")
        self.problem, self.cure = problem, cure


async def migrate(database: Database) -> bool:
    """Create a missing SQLite file, apply all missing migrations and install the triggers, in one unit of work.

    Idempotent. Returns whether a migration was missing; raises `WrongDatabase`, and the driver's error if the database
    takes no writes.
    """
    database.create()
    async with database.write() as session:
        await lock_setup(session)
        connection = await session.connection()
        missing = await connection.run_sync(_upgrade)
    # An up-to-date database is not written above, but it must be writable all the same.
    await database.probe()
    return missing


def configuration(connection: Connection) -> "Config":
    """Alembic's configuration, bound to an open connection."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection) -> bool:
    missing = not _is_current(connection)
    if missing:
        from alembic import command

        with _free_tables(connection):
            command.upgrade(configuration(connection), "head")
            triggers.install(connection)
    triggers.install(connection)
    return missing


@contextmanager
def _free_tables(connection: Connection) -> Generator[None]:
    """SQLite lets Alembic replace a table: no trigger names it, and dropping the old one deletes no rows below it.

    SQLite changes `foreign_keys` outside of a transaction only, so the migration has one of its own.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    _execute(connection, "COMMIT", "PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE", *triggers.removals(connection))
    end = "ROLLBACK"
    try:
        yield
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            raise RuntimeError(f"expected a migration that keeps every reference, got {broken[:3]}")
        end = "COMMIT"
    finally:
        _execute(connection, end, "PRAGMA foreign_keys = ON", "BEGIN IMMEDIATE")


def _execute(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


async def is_migrated(database: Database) -> bool:
    """Whether every migration of this version of the program is applied. Raises `WrongDatabase`."""
    async with database.reader.connect() as connection:
        return await connection.run_sync(_is_current)


async def check_migrated(database: Database) -> None:
    """Raises `WrongDatabase` unless every migration of this version of the program is applied."""
    if not await is_migrated(database):
        raise WrongDatabase("expected a database of this version, got one to migrate", "run `convene migrate`")


async def is_ready(database: Database, *, writes: bool) -> bool:
    """Whether every migration is applied. With `writes`, raises the driver's error if the database takes none."""
    try:
        newest = await database.probe("SELECT max(version_num) FROM alembic_version", writes=writes)
        return newest == newest_revision()
    except (asyncpg.UndefinedTableError, sqlite.OperationalError) as error:
        if sqlite_code(error) not in (None, SQLITE_ERROR):
            raise
        return False


def _is_current(connection: Connection) -> bool:
    tables = set(inspect(connection).get_table_names())
    ours = tables & set(Base.metadata.tables)
    found: set[str] = set()
    if _VERSION in tables:
        found.update(connection.scalars(text("SELECT version_num FROM alembic_version")))
    if unknown := found - revisions():
        raise WrongDatabase(
            f"expected a database of revision {newest_revision()} or older, got {min(unknown)!r}",
            "start the newer program that wrote it, or restore a backup",
        )
    if ours and not found:
        raise WrongDatabase(
            f"expected an empty database or one of Convene, got a table `{min(ours)}` without a revision",
            "restore a backup, or name an empty database",
        )
    if newest_revision() not in found:
        return False
    if missing := set(Base.metadata.tables) - ours:
        raise WrongDatabase(
            f"expected all tables of revision {newest_revision()}, got none named `{min(missing)}`", "restore a backup"
        )
    return True


def newest_revision() -> str:
    """The revision of the last migration."""
    return max(revisions())


@cache
def revisions() -> frozenset[str]:
    """The revision of each migration: the number that its file name begins with."""
    return frozenset(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
