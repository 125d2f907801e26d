"""The migrations produce the models' tables, on both databases."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, event, inspect, text
from sqlalchemy.exc import IntegrityError

from db.connections.engine import Database
from db.migrate import MIGRATIONS, _free_tables, migrate, newest_revision
from db.migrations.references import add_reference
from db.migrations.sqlite import SQLite as SQLite
from db.models import Base
from db.staleness import triggers
from db.values.vocabulary import PassageKind, SourceKind
from tests.rows import Rows

ROOT = Path(__file__).parents[2]


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, Base.metadata)


async def test_migrations_give_the_models_tables(database: Database) -> None:
    async with database.writer.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)
    async with database.writer.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_touches_no_trigger(database: Database) -> None:
    statements: list[str] = []
    event.listen(database.writer.sync_engine, "before_cursor_execute", lambda *of: statements.append(of[2]))
    await migrate(database)
    assert [statement for statement in statements if "TRIGGER" in statement.split("'")[0]] == []
    assert statements


async def test_missing_or_changed_trigger_is_restored(database: Database) -> None:
    async with database.writer.begin() as connection:
        before = await connection.run_sync(triggers.installed)
        for statement in _SPOILT[database.dialect.name]:
            await connection.exec_driver_sql(statement)
        spoilt = await connection.run_sync(triggers.installed)
    assert set(before.items()) - set(spoilt.items()) == {(name, before[name]) for name in _CONCERNED}
    await migrate(database)
    async with database.writer.connect() as connection:
        assert await connection.run_sync(triggers.installed) == before


_CONCERNED = ("mark_post_insert", "mark_post_delete")
_SPOILT = {
    "sqlite": (
        "DROP TRIGGER mark_post_insert",
        "DROP TRIGGER mark_post_delete",
        "CREATE TRIGGER mark_post_delete AFTER DELETE ON post BEGIN SELECT 1; END",
    ),
    "postgresql": (
        "DROP TRIGGER mark_post_insert ON post",
        "CREATE OR REPLACE FUNCTION mark_post_delete() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    ),
}


def checks(connection: Connection) -> dict[str, set[str | None]]:
    found = inspect(connection)
    return {table: {check["name"] for check in found.get_check_constraints(table)} for table in Base.metadata.tables}


async def test_migrations_give_the_models_checks(database: Database) -> None:
    """Alembic ignores CHECKs, so compare them by name."""
    declared = {
        name: {check.name for check in table.constraints if isinstance(check, CheckConstraint)}
        for name, table in Base.metadata.tables.items()
    }
    async with database.writer.connect() as connection:
        assert await connection.run_sync(checks) == declared


def test_newest_revision_is_alembics_head() -> None:
    assert newest_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_alembic_is_not_imported_for_a_migrated_database(database_url: str) -> None:
    program = f"""
import asyncio, sys
from db.connections.engine import Database
from db.migrate import is_migrated, migrate

async def main():
    database = Database({database_url!r})
    await migrate(database)
    assert await is_migrated(database)
    await database.dispose()

asyncio.run(main())
print("alembic" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "False\n"


def refer_to_passages(connection: Connection) -> None:
    with _free_tables(connection), Operations.context(MigrationContext.configure(connection)):
        add_reference("claim", "subject_passage_id", "passage", one_of="subject")
    triggers.install(connection)


async def test_added_reference_keeps_the_table_and_the_rows_below_it(database: Database) -> None:
    rows = Rows(database)
    source = await rows.insert("source", title="A page", kind=SourceKind.THIRD_PARTY, sha256="none")
    passage = await rows.insert("passage", source_id=source, ordinal=1, text="Some", kind=PassageKind.BODY)
    organization = await rows.organization()
    claim = await rows.claim("NOTE", "some words", subject_organization_id=organization)
    await rows.insert("citation", passage_id=passage, claim_id=claim, start=0, end=4, exact="Some")
    deleted = await rows.claim("NOTE", "more words", subject_organization_id=organization)
    await rows.execute("DELETE FROM claim WHERE id = :id", id=deleted)
    async with database.write() as session:
        connection = await session.connection()
        before = await connection.run_sync(checks)
        await connection.run_sync(refer_to_passages)
        assert await connection.run_sync(checks) == before
        assert await session.scalar(text("SELECT count(*) FROM citation")) == 1
        assert await session.scalar(text("SELECT subject_passage_id FROM claim")) is None
        if database.dialect.name == "sqlite":
            assert await session.scalar(text("PRAGMA foreign_keys")) == 1
    assert await rows.claim("NOTE", "new words", subject_organization_id=organization) == deleted + 1
    copy = (
        "INSERT INTO claim (property_id, value_status, certainty, rank, created_at, updated_at, subject_passage_id)"
        " SELECT property_id, value_status, certainty, rank, created_at, updated_at, :passage FROM claim WHERE id = :id"
    )
    await rows.execute(copy, passage=passage, id=claim)
    for wrong in (None, 404):
        with pytest.raises(IntegrityError):
            await rows.execute(copy, passage=wrong, id=claim)


def widen_roles(connection: Connection) -> None:
    operations = Operations(MigrationContext.configure(connection))
    with _free_tables(connection), operations.batch_alter_table("partnership") as batch:
        batch.drop_constraint("ck_partnership_partnerrole", type_="check")


async def test_migration_that_replaces_a_table_keeps_generated_owners(database: Database) -> None:
    rows = Rows(database)
    convener = await rows.organization(convener=True)
    await rows.partnership(convener, await rows.organization())
    async with database.write() as session:
        await (await session.connection()).run_sync(widen_roles)
        assert (await session.scalars(text("SELECT owner_id FROM partnership"))).all() == [convener]
