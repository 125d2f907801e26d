"""The triggers of both databases: those that leave marks, made from the rules, and those that hand owners down.

ORM events would miss bulk statements, raw SQL and cascades.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from db.connections.watch import CHANNEL
from db.models.owned import PARENTS, Parent
from db.sql.clock import NOW
from db.staleness.rules import MARKED_BY, OPERATIONS


class Trigger(NamedTuple):
    """`source` is what the database reports for it, `statements` create it."""

    name: str
    source: str
    statements: tuple[str, ...]


def install(connection: Connection) -> None:
    """Exactly these triggers are in place. Needs the tables.

    If they already are, nothing is dropped, because DROP TRIGGER locks the table and so waits for all its users.
    """
    dialect = connection.dialect.name
    triggers = [trigger for table, selects in MARKED_BY.items() for trigger in _MARKS[dialect](table, selects)]
    triggers += [trigger for table, parents in PARENTS.items() for trigger in _OWNERS[dialect](table, parents)]
    triggers += _NOTIFIERS[dialect]
    if installed(connection) == {trigger.name: trigger.source for trigger in triggers}:
        return
    for statement in removals(connection):
        connection.exec_driver_sql(statement)
    for trigger in triggers:
        for statement in trigger.statements:
            connection.exec_driver_sql(statement)


def installed(connection: Connection) -> dict[str, str]:
    """The source of each of our enabled triggers, by name."""
    return dict(connection.exec_driver_sql(_INSTALLED[connection.dialect.name]).tuples().all())


def removals(connection: Connection) -> list[str]:
    """The statements that drop all our triggers."""
    return list(connection.exec_driver_sql(_REMOVALS[connection.dialect.name]).scalars())


def _sqlite(table: str, selects: tuple[str, ...]) -> Iterator[Trigger]:
    # Writers take turns, so the recompute that takes an existing mark begins after this write: one live mark for each
    # organization is enough.
    for operation, rows in OPERATIONS.items():
        name = f"mark_{table}_{operation}"
        inserts = "".join(
            _insert(
                "sqlite",
                [select.format(changed=_sqlite_row(select, row)) for select in selects],
                " AND NOT EXISTS (SELECT 1 FROM mark m WHERE m.organization_id = concerned.organization_id"
                " AND m.urgency = 'LIVE')",
            )
            for row in rows
        )
        statement = f"CREATE TRIGGER {name} AFTER {operation} ON {table} BEGIN {inserts} END"
        yield Trigger(name, statement, (statement,))


def _sqlite_row(select: str, row: str) -> str:
    columns = dict.fromkeys(re.findall(r"changed\.(\w+)", select))
    return f"(SELECT {', '.join(f'{row}.{column} AS {column}' for column in columns)}) changed"


def _postgres(table: str, selects: tuple[str, ...]) -> Iterator[Trigger]:
    # Once for each statement, over all its rows: a bulk write leaves one mark for each organization, not for each row.
    # An existing mark is not enough: a recompute may already have read its inputs.
    for operation, rows in OPERATIONS.items():
        name = f"mark_{table}_{operation}"
        inserts = "".join(
            _insert("postgresql", [select.format(changed=f"{row.lower()}_rows changed") for select in selects])
            for row in rows
        )
        tables = " ".join(f"{row} TABLE AS {row.lower()}_rows" for row in rows)
        yield _calling(name, name, inserts, f"AFTER {operation} ON {table} REFERENCING {tables}")
    everyone = _insert("postgresql", ["SELECT id FROM organization"])
    yield _calling(f"mark_{table}_truncate", "mark_all", everyone, f"AFTER TRUNCATE ON {table}")


def _sqlite_owner(table: str, parents: Sequence[Parent]) -> Iterator[Trigger]:
    # SQLite can only correct the row afterwards, and checks foreign keys when the statement ends.
    for name, when, condition in _owner_events(table, parents, "IS NOT"):
        body = f"UPDATE {table} SET owner_id = {_owner(parents)} WHERE id = NEW.id;"
        statement = f"CREATE TRIGGER {name} AFTER {when} ON {table} WHEN {condition} BEGIN {body} END"
        yield Trigger(name, statement, (statement,))


def _postgres_owner(table: str, parents: Sequence[Parent]) -> Iterator[Trigger]:
    for name, when, condition in _owner_events(table, parents, "IS DISTINCT FROM"):
        source = f" BEGIN NEW.owner_id := {_owner(parents)}; RETURN NEW; END "
        statements = (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${source}$$",
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()",
        )
        yield Trigger(name, source, statements)


def _owner(parents: Sequence[Parent]) -> str:
    found = (f"(SELECT owner_id FROM {parent.table} WHERE id = NEW.{parent.column})" for parent in parents)
    return f"coalesce({', '.join(found)}, 0)"


def _owner_events(table: str, parents: Sequence[Parent], differs: str) -> Iterator[tuple[str, str, str]]:
    # An insert that sets the owner needs no trigger. When a parent gets another owner, its rows follow by cascade.
    yield f"owner_{table}_insert", "INSERT", "NEW.owner_id = 0"
    columns = [parent.column for parent in parents]
    moved = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)
    yield f"owner_{table}_update", f"UPDATE OF {', '.join(columns)}", moved


def _calling(name: str, function: str, body: str, when: str) -> Trigger:
    source = f" BEGIN {body} RETURN NULL; END "
    statements = (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${source}$$",
        f"CREATE TRIGGER {name} {when} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
    )
    return Trigger(name, source, statements)


def _insert(dialect: str, selects: Sequence[str], also: str = "") -> str:
    concerned = " UNION ".join(selects)
    return (
        f"INSERT INTO mark (organization_id, at) SELECT organization_id, {NOW[dialect]} FROM"
        f" (SELECT NULL AS organization_id WHERE false UNION {concerned}) concerned"
        # On SQLite a row has no owner, 0, until its own trigger has run.
        f" WHERE organization_id > 0{also};"
    )


# Relays of all processes listen to the channel. Within a transaction equal notifications become one.
_NOTIFIERS: Final[dict[str, list[Trigger]]] = {
    "sqlite": [],
    "postgresql": [
        _calling("mark_notify", "mark_notify", f"PERFORM pg_notify('{CHANNEL}', '');", "AFTER INSERT ON mark")
    ],
}
_MARKS: Final = {"sqlite": _sqlite, "postgresql": _postgres}
_OWNERS: Final = {"sqlite": _sqlite_owner, "postgresql": _postgres_owner}
# Our triggers, by their names.
_OURS: Final = {
    "sqlite": "FROM sqlite_master WHERE type = 'trigger'"
    " AND (name LIKE 'mark#_%' ESCAPE '#' OR name LIKE 'owner#_%' ESCAPE '#')",
    "postgresql": "FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
    " WHERE NOT tgisinternal AND (tgname LIKE 'mark#_%' ESCAPE '#' OR tgname LIKE 'owner#_%' ESCAPE '#')",
}
_INSTALLED: Final = {
    "sqlite": f"SELECT name, sql {_OURS['sqlite']}",
    "postgresql": f"SELECT tgname, prosrc {_OURS['postgresql']} AND tgenabled <> 'D'",
}
_REMOVALS: Final = {
    "sqlite": f"SELECT 'DROP TRIGGER ' || name {_OURS['sqlite']}",
    "postgresql": f"SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) {_OURS['postgresql']}",
}
