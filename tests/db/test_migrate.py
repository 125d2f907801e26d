"""The migrations give the models' tables, on both databases."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, text

from db.connections.engine import Database
from db.migrate import configuration, migrate
from db.models import Base
from db.staleness import triggers


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


async def test_trigger_that_is_gone_or_another_is_put_right(database: Database) -> None:
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


def downgrade(connection: Connection) -> None:
    for statement in triggers.removals(connection):
        connection.exec_driver_sql(statement)
    command.downgrade(configuration(connection), "0001")


async def test_rows_of_the_first_version_are_kept(database: Database) -> None:
    async with database.writer.begin() as connection:
        await connection.run_sync(downgrade)
        for statement in _ROWS:
            await connection.execute(text(statement))
    await migrate(database)
    async with database.writer.connect() as connection:
        assert await connection.run_sync(differences) == []
        urgencies = (await connection.execute(text("SELECT urgency FROM mark"))).scalars().all()
        inputs = (await connection.execute(text("SELECT name, claim_id, output_id FROM metric_input"))).all()
        assert (urgencies, [tuple(row) for row in inputs]) == (["LIVE"], [("EMPLOYEES", None, None)])
        await connection.execute(text("UPDATE organization SET name = 'New'"))
        # The triggers are in place, too: on Postgres they mark the row as it was and as it is.
        count = await connection.scalar(text("SELECT count(*) FROM mark"))
        assert count == (1 if database.dialect.name == "sqlite" else 3)


_MOMENT = "'2026-01-01T00:00:00.000000Z'"
_ROWS = (
    "INSERT INTO organization (slug, name, sector, is_convener, created_at, updated_at)"
    f" VALUES ('pai', 'PAI', 'CIVIL_SOCIETY', true, {_MOMENT}, {_MOMENT})",
    f"INSERT INTO mark (organization_id, at) VALUES (1, {_MOMENT})",
    "INSERT INTO metric_definition (key, title, description, formula, unit, version, depends_on, time_dependent)"
    " VALUES ('k', 'K', 'k', 'k', 'one', 1, '[]', false)",
    "INSERT INTO metric_value (definition_id, subject_id, computed_state, formula, substitution)"
    " VALUES (1, 1, 'FRESH', 'k', 's')",
    "INSERT INTO metric_input (metric_value_id, name, excluded, reason) VALUES (1, 'EMPLOYEES', false, 'chosen')",
)
