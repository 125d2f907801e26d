"""Which change makes which organizations' derived values stale: one table, from which both dialects' triggers come.

Triggers and not ORM events, because bulk statements, raw SQL and cascades must leave marks as well.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, literal, literal_column, select, update

from db.clock import NOW, now
from db.ids import among, among_given
from db.models import Mark
from db.models.vocabulary import Urgency
from db.prepared import Prepared
from db.session import ReadSession, WriteSession
from db.types import enum_type


def _of_claims(joined: str) -> tuple[str, ...]:
    """Selects of the organizations to which the subjects of the claims `c` belong."""
    return (
        f"SELECT c.subject_organization_id FROM {{changed}} {joined}",
        f"SELECT w.convener_id FROM {{changed}} {joined} JOIN workstream w ON w.id = c.subject_workstream_id",
        f"SELECT w.convener_id FROM {{changed}} {joined} JOIN output o ON o.id = c.subject_output_id"
        " JOIN workstream w ON w.id = o.workstream_id",
        f"SELECT p.organization_id FROM {{changed}} {joined} JOIN post p ON p.id = c.subject_post_id",
    )


# For each table, selects that give the organizations concerned by the rows of `changed`.
# A row that changes is looked at twice, as it was and as it is, so that a moved row marks both of its parents.
# A cascade may have taken the row's parent already, which a join then doesn't find: the parent's own trigger has
# marked the organization in that case, for every chain of cascades begins at a row that names it.
MARKED_BY: Final[dict[str, tuple[str, ...]]] = {
    "organization": (
        "SELECT changed.id FROM {changed}",
        # A partner's new sector is news for all its conveners.
        "SELECT p.convener_id FROM {changed} JOIN partnership p ON p.partner_id = changed.id",
        # And for those in whose workstreams it takes part: a moved partnership, or workstream, is another convener's.
        "SELECT w.convener_id FROM {changed} JOIN partnership p ON p.partner_id = changed.id"
        " JOIN participation t ON t.partnership_id = p.id JOIN workstream w ON w.id = t.workstream_id",
    ),
    "organization_relation": (
        "SELECT changed.from_organization_id FROM {changed}",
        "SELECT changed.to_organization_id FROM {changed}",
        # A frontier lab takes part through what it belongs to.
        "SELECT p.convener_id FROM {changed} JOIN partnership p ON p.partner_id = changed.from_organization_id",
        "SELECT p.convener_id FROM {changed} JOIN partnership p ON p.partner_id = changed.to_organization_id",
    ),
    "partnership": (
        "SELECT changed.convener_id FROM {changed}",
        "SELECT w.convener_id FROM {changed} JOIN participation t ON t.partnership_id = changed.id"
        " JOIN workstream w ON w.id = t.workstream_id",
    ),
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
    # A claim's sources are those of the passages that are cited for it.
    "citation": _of_claims("JOIN claim c ON c.id = changed.claim_id"),
    "passage": _of_claims("JOIN citation t ON t.passage_id = changed.id JOIN claim c ON c.id = t.claim_id"),
    # Whether a property may have several values decides which of its claims contradict each other.
    "property": _of_claims("JOIN claim c ON c.property_id = changed.id"),
}

OPERATIONS: Final = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}

# Whether `waiting` or `waiting_in_background` would find anything: asked many times a second, mostly in vain.
ANY_WAITING: Final = (
    "SELECT EXISTS (SELECT 1 FROM mark WHERE urgency = 'LIVE')"
    " OR EXISTS (SELECT 1 FROM mark WHERE urgency = 'BACKGROUND')"
)


def _urgency(urgency: Urgency) -> Any:
    # Written out, for SQLite enters a partial index only by a condition that it can see.
    return Mark.urgency == literal_column(f"'{urgency.name}'")


_WAITING: Final = Prepared(
    select(Mark.organization_id, func.min(Mark.id).label("oldest"), func.max(Mark.id))
    .where(_urgency(Urgency.LIVE))
    .group_by(Mark.organization_id)
    .order_by("oldest")
    .limit(bindparam("limit"))
)
_IN_BACKGROUND: Final = Prepared(
    select(Mark.organization_id, Mark.id)
    .where(_urgency(Urgency.BACKGROUND))
    .order_by(Mark.id)
    .limit(bindparam("limit"))
)
_TAKE: Final = Prepared(
    delete(Mark).where(among_given(Mark.organization_id, "organization_ids")).returning(Mark.organization_id)
)
# What is written never has to be found again in the session's memory.
_PLAIN: Final = {"synchronize_session": False}


class Waiting(NamedTuple):
    """An organization that waits to be recomputed, with the numbers of its oldest and newest mark."""

    organization_id: int
    oldest: int
    newest: int


async def waiting(session: ReadSession, limit: int) -> list[Waiting]:
    """The organizations that changes have marked, those with the oldest mark first."""
    return [Waiting(*row) for row in await _WAITING.run(session, {"limit": limit})]


async def waiting_in_background(session: ReadSession, limit: int) -> list[Waiting]:
    """The organizations of the oldest background marks, `limit` of them at most; it costs no more where many wait."""
    found: dict[int, Waiting] = {}
    for organization_id, id in await _IN_BACKGROUND.run(session, {"limit": limit}):
        first = found.get(organization_id)
        found[organization_id] = Waiting(organization_id, first.oldest if first else id, id)
    return list(found.values())


async def take(session: WriteSession, organization_ids: Sequence[int]) -> set[int]:
    """Those of the organizations that had marks, whose marks are deleted with this unit of work.

    What is read afterwards is at least as new as the deleted marks. A change that commits later keeps its mark.
    """
    return {id for (id,) in await _TAKE.run(session, {"organization_ids": list(organization_ids)})}


async def of(session: WriteSession, organization_id: int) -> Sequence[int]:
    """The numbers of an organization's marks."""
    return (await session.scalars(select(Mark.id).where(Mark.organization_id == organization_id))).all()


async def add(session: WriteSession, organizations: Select[tuple[int]], urgency: Urgency = Urgency.BACKGROUND) -> None:
    """The organizations that the select gives are marked, for a reason that no trigger sees."""
    marked = organizations.add_columns(now(), literal(urgency, enum_type(Urgency)))
    await session.execute(insert(Mark).from_select(["organization_id", "at", "urgency"], marked))


async def park(session: WriteSession, ids: Sequence[int]) -> None:
    """These marks keep what they mark stale, and wait no longer to be looked at."""
    await session.execute(
        update(Mark).where(among(Mark.id, ids)).values(urgency=Urgency.PARKED), execution_options=_PLAIN
    )


def in_background(*conditions: Any) -> Select[tuple[int]]:
    """The numbers of background marks for which the conditions hold."""
    return select(Mark.id).where(_urgency(Urgency.BACKGROUND), *conditions)


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
