"""The mark triggers of both databases, made from the rules.

Triggers and not ORM events, because bulk statements, raw SQL and cascades must leave marks as well.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from db.connections.watch import CHANNEL
from db.sql.clock import NOW
from db.staleness.rules import MARKED_BY, OPERATIONS


class Trigger(NamedTuple):
    """What makes it, and what the database then tells of it."""

    name: str
    source: str
    statements: tuple[str, ...]


def install(connection: Connection) -> None:
    """The triggers of `MARKED_BY`, and no other mark triggers, are in place; needs the tables.

    Where they are already, no table is touched: to drop a trigger waits for all who use its table, and they for it.
    """
    dialect = connection.dialect.name
    triggers = [trigger for table, selects in MARKED_BY.items() for trigger in _TRIGGERS[dialect](table, selects)]
    triggers += _NOTIFIERS[dialect]
    if installed(connection) == {trigger.name: trigger.source for trigger in triggers}:
        return
    for statement in removals(connection):
        connection.exec_driver_sql(statement)
    for trigger in triggers:
        for statement in trigger.statements:
            connection.exec_driver_sql(statement)


def installed(connection: Connection) -> dict[str, str]:
    """What the database tells of each mark trigger that is in force."""
    return dict(connection.exec_driver_sql(_INSTALLED[connection.dialect.name]).tuples().all())


def removals(connection: Connection) -> list[str]:
    """The statements after which no mark trigger is left."""
    return list(connection.exec_driver_sql(_REMOVALS[connection.dialect.name]).scalars())


def _sqlite(table: str, selects: tuple[str, ...]) -> Iterator[Trigger]:
    # Writers take turns, so a mark that is still there will be taken by a recompute that begins after this write:
    # one live mark an organization is enough, and a bulk write leaves no more than that.
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
    # Once a statement, over the rows it changed: a bulk write leaves one mark an organization, not one a row.
    # A mark that is already there says nothing: a recompute may have read its inputs before this write.
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
        f" WHERE organization_id IS NOT NULL{also};"
    )


# Relays of all processes listen to the channel. Within a transaction equal notifications become one.
_NOTIFIERS: Final[dict[str, list[Trigger]]] = {
    "sqlite": [],
    "postgresql": [
        _calling("mark_notify", "mark_notify", f"PERFORM pg_notify('{CHANNEL}', '');", "AFTER INSERT ON mark")
    ],
}
_TRIGGERS: Final = {"sqlite": _sqlite, "postgresql": _postgres}
# Which triggers are ours, whatever table they are on.
_OURS: Final = {
    "sqlite": "FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'mark#_%' ESCAPE '#'",
    "postgresql": "FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
    " WHERE NOT tgisinternal AND tgname LIKE 'mark#_%' ESCAPE '#'",
}
_INSTALLED: Final = {
    "sqlite": f"SELECT name, sql {_OURS['sqlite']}",
    "postgresql": f"SELECT tgname, prosrc {_OURS['postgresql']} AND tgenabled <> 'D'",
}
_REMOVALS: Final = {
    "sqlite": f"SELECT 'DROP TRIGGER ' || name {_OURS['sqlite']}",
    "postgresql": f"SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) {_OURS['postgresql']}",
}
