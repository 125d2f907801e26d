"""Bringing a database's tables and triggers up to this version of the program.

Alembic is imported only for a new migration: its import takes 42 ms, one twentieth of a server's start.
"""

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
    """Every migration is applied and the mark triggers are those of `db.staleness`, in one unit of work; idempotent."""
    async with database.write() as session:
        await lock_setup(session)
        connection = await session.connection()
        await connection.run_sync(_upgrade)
        await connection.run_sync(triggers.install)


def configuration(connection: Connection) -> "Config":
    """Alembic's configuration, bound to an open connection."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection) -> None:
    if _is_current(connection):
        return
    from alembic import command

    command.upgrade(configuration(connection), "head")


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
    """The revision of the last migration, with which its file's name begins."""
    return max(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
