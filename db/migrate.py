"""Upgrades a database's tables and triggers to this version of the program.

Alembic is imported only if there is a migration to apply: its import takes 42 ms, a twentieth of a server's start.
"""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from db.connections.engine import Database
from db.sql.locks import lock_setup
from db.staleness import triggers

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(database: Database) -> None:
    """Apply all missing migrations and install the triggers of `db.staleness`, in one unit of work. Idempotent."""
    async with database.write() as session:
        await lock_setup(session)
        connection = await session.connection()
        await connection.run_sync(_upgrade)


def configuration(connection: Connection) -> "Config":
    """Alembic's configuration, bound to an open connection."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection) -> None:
    if not _is_current(connection):
        from alembic import command

        with _free_tables(connection):
            command.upgrade(configuration(connection), "head")
            triggers.install(connection)
    triggers.install(connection)


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
    """Whether every migration of this version of the program is applied."""
    async with database.reader.connect() as connection:
        return await connection.run_sync(_is_current)


def _is_current(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision()


@cache
def newest_revision() -> str:
    """The revision of the last migration: the number that its file name begins with."""
    return max(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
