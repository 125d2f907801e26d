"""Bringing a database's tables and triggers up to this version of the program."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from db.connections.engine import Database
from db.sql.locks import lock_setup
from db.staleness import triggers

MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(database: Database) -> None:
    """Every migration is applied and the mark triggers are those of `db.staleness`, in one unit of work; idempotent."""
    async with database.write() as session:
        await lock_setup(session)
        connection = await session.connection()
        await connection.run_sync(_upgrade)
        await connection.run_sync(triggers.install)


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, bound to an open connection."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(configuration(connection), "head")


async def is_migrated(database: Database) -> bool:
    """Whether every migration of this version of the program is applied."""
    async with database.reader.connect() as connection:
        return await connection.run_sync(_is_current)


def _is_current(connection: Connection) -> bool:
    return MigrationContext.configure(connection).get_current_revision() == _newest()


@cache
def _newest() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()
