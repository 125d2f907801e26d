"""Which change makes which organizations' derived values stale: one table, from which both dialects' triggers come.

Triggers and not ORM events, because bulk statements, raw SQL and cascades must leave marks as well.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Table

from db.models import Base

# For each table, selects that give the organizations concerned by the rows of `changed`.
# A row that changes is looked at twice, as it was and as it is, so that a moved row marks both of its parents.
MARKED_BY: Final[dict[str, tuple[str, ...]]] = {
    "organization": (
        "SELECT changed.id FROM {changed}",
        # A partner's new sector is news for all its conveners.
        "SELECT p.convener_id FROM {changed} JOIN partnership p ON p.partner_id = changed.id",
    ),
    "organization_relation": (
        "SELECT changed.from_organization_id FROM {changed}",
        "SELECT changed.to_organization_id FROM {changed}",
    ),
    "partnership": ("SELECT changed.convener_id FROM {changed}",),
    "workstream": ("SELECT changed.convener_id FROM {changed}",),
    "participation": ("SELECT w.convener_id FROM {changed} JOIN workstream w ON w.id = changed.workstream_id",),
    "output": ("SELECT w.convener_id FROM {changed} JOIN workstream w ON w.id = changed.workstream_id",),
    "post": ("SELECT changed.organization_id FROM {changed}",),
    "tenure": ("SELECT p.organization_id FROM {changed} JOIN post p ON p.id = changed.post_id",),
    "assessment": ("SELECT changed.subject_id FROM {changed}",),
    "issue": ("SELECT changed.organization_id FROM {changed}",),
    "position": ("SELECT i.organization_id FROM {changed} JOIN issue i ON i.id = changed.issue_id",),
    "position_holder": (
        "SELECT i.organization_id FROM {changed} JOIN position p ON p.id = changed.position_id"
        " JOIN issue i ON i.id = p.issue_id",
    ),
    "claim": (
        "SELECT changed.subject_organization_id FROM {changed}",
        "SELECT w.convener_id FROM {changed} JOIN workstream w ON w.id = changed.subject_workstream_id",
        "SELECT w.convener_id FROM {changed} JOIN output o ON o.id = changed.subject_output_id"
        " JOIN workstream w ON w.id = o.workstream_id",
        "SELECT p.organization_id FROM {changed} JOIN post p ON p.id = changed.subject_post_id",
    ),
}

OPERATIONS: Final = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}


def install(connection: Connection) -> None:
    """The triggers of `MARKED_BY`, and no other mark triggers, are in place; needs the tables."""
    statements = _sqlite if connection.dialect.name == "sqlite" else _postgres
    for table, selects in MARKED_BY.items():
        for statement in statements(Base.metadata.tables[table], selects):
            connection.exec_driver_sql(statement)


def _sqlite(table: Table, selects: tuple[str, ...]) -> Iterator[str]:
    for operation, rows in OPERATIONS.items():
        inserts = "".join(
            _insert(selects, _sqlite_row(table, row), "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')") for row in rows
        )
        yield f"DROP TRIGGER IF EXISTS mark_{table.name}_{operation}"
        yield f"CREATE TRIGGER mark_{table.name}_{operation} AFTER {operation} ON {table.name} BEGIN {inserts} END"


def _sqlite_row(table: Table, row: str) -> str:
    columns = ", ".join(f'{row}."{column.name}" AS "{column.name}"' for column in table.columns)
    return f"(SELECT {columns}) changed"


def _postgres(table: Table, selects: tuple[str, ...]) -> Iterator[str]:
    # Once a statement, over the rows it changed: a bulk write leaves one mark an organization, not one a row.
    for operation, rows in OPERATIONS.items():
        name = f"mark_{table.name}_{operation}"
        inserts = "".join(_insert(selects, f"{row.lower()}_rows changed", "clock_timestamp()") for row in rows)
        tables = " ".join(f"{row} TABLE AS {row.lower()}_rows" for row in rows)
        yield _function(name, inserts)
        yield (
            f"CREATE OR REPLACE TRIGGER {name} AFTER {operation} ON {table.name} REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
    yield _function(
        "mark_all", "INSERT INTO mark (organization_id, at) SELECT id, clock_timestamp() FROM organization;"
    )
    yield (
        f"CREATE OR REPLACE TRIGGER mark_{table.name}_truncate AFTER TRUNCATE ON {table.name}"
        " FOR EACH STATEMENT EXECUTE FUNCTION mark_all()"
    )


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
    )


def _insert(selects: tuple[str, ...], changed: str, now: str) -> str:
    concerned = " UNION ".join(select.format(changed=changed) for select in selects)
    return (
        f"INSERT INTO mark (organization_id, at) SELECT organization_id, {now} FROM"
        f" (SELECT NULL AS organization_id WHERE false UNION {concerned}) concerned WHERE organization_id IS NOT NULL;"
    )
