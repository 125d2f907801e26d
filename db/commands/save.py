"""Saving: one command that adds or changes a row of any model."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select

from db.commands.audit import Author, record
from db.commands.citation import Quote, cite
from db.commands.draft import Draft
from db.commands.field import Field, fields_of
from db.commands.owner import find_owner
from db.commands.row import Row, insert_row, lock_row, snapshot, table_of, update_row
from db.commands.rules import FILLED, RULES
from db.connections.sessions import WriteSession
from db.errors import Invalid, NotFound, VersionConflict
from db.models import BY_TABLE, Base
from db.sql.prepared import Prepared
from db.values.reference import Reference
from db.values.vocabulary import Operation

_VERSION: Final = ("write", "expectedVersion")


class Saved(NamedTuple):
    """The saved row, and its change in the audit log; None if nothing changed or the caller logs."""

    id: int
    change_id: int | None


async def save(
    session: WriteSession,
    author: Author | None,
    model: type[Base],
    *,
    id: int | None = None,
    fields: Mapping[str, Any],
    expected_version: int | None = None,
    quotes: Sequence[Quote] = (),
) -> Saved:
    """Set the given fields and keep the others; without `id`, add a new row.

    `fields` are attributes of the model: references as ids, partial dates as EDTF or `PartialDate`, quantities as
    `Quantity`. None clears a field. `quotes` add to the existing citations. If nothing differs, nothing is written: no
    version, no change, no mark. Without an author the caller logs. Raises `Invalid`, `NotFound`, `VersionConflict`, or
    an error from the rules of the model.
    """
    known = fields_of(model)
    if unknown := fields.keys() - known.keys():
        names = ", ".join(known)
        raise TypeError(f"expected fields of {model.__name__}, {names}, got {', '.join(sorted(unknown))}")
    before = None if id is None else await _lock(session, model, id, expected_version)
    draft = Draft(known, before)
    for name, value in fields.items():
        draft.values |= known[name].stored(value)
    if id is None:
        _check_new(model, draft, expected_version)
    await _check_references(session, [known[name] for name in fields], draft.values)
    for rule in RULES.get(model, ()):
        await rule(session, draft)
    after = await _write(session, model, draft)
    cited = await cite(session, Reference(model.__name__, after["id"]), quotes, is_new=before is None)
    if author is None or (after is before and not cited):
        return Saved(after["id"], None)
    operation = Operation.CREATE if before is None else Operation.UPDATE
    node = Reference(model.__name__, after["id"])
    owner_id = await find_owner(session, model, after)
    change_id = await record(
        session, author, operation, node, owner_id, None if before is None else snapshot(before), snapshot(after)
    )
    return Saved(after["id"], change_id)


async def _lock(session: WriteSession, model: type[Base], id: int, expected_version: int | None) -> Row:
    row = await lock_row(session, model, id)
    if row is None:
        raise NotFound(model.__name__, id, ("input", "id"))
    check_version(model, row, expected_version)
    return row


def check_version(model: type[Base], row: Row, expected: int | None) -> None:
    """Raise `VersionConflict` unless the row is at the expected version, or `Invalid` if it has no versions."""
    if expected is None:
        return
    actual = row.get("version")
    if actual is None:
        raise Invalid(f"expected no expectedVersion: {model.__name__} has no version, got {expected}", _VERSION)
    if actual != expected:
        raise VersionConflict(model.__name__, row["id"], expected=expected, actual=actual, path=_VERSION)


def refuse_version(expected: int | None) -> None:
    """Raise `Invalid` if a version is expected of a new row."""
    if expected is not None:
        raise Invalid(f"expected no expectedVersion for a new row, got {expected}", _VERSION)


def _check_new(model: type[Base], draft: Draft, expected_version: int | None) -> None:
    refuse_version(expected_version)
    for name, field in draft.fields.items():
        if field.is_required and not draft.gives(name) and name not in FILLED.get(model, ()):
            raise Invalid(f"expected {field.name!r} for a new {model.__name__}, got none", field.path)


async def _check_references(session: WriteSession, fields: Sequence[Field], values: Mapping[str, Any]) -> None:
    for field in fields:
        id = values[field.columns[0]]
        if field.refers_to is None or id is None:
            continue
        if not await _FIND[field.refers_to].run(session, {"row_id": id}):
            raise NotFound(BY_TABLE[field.refers_to].__name__, id, field.path)


_FIND: Final = {
    name: Prepared(select(table.c.id).where(table.c.id == bindparam("row_id")))
    for name, model in BY_TABLE.items()
    for table in (table_of(model),)
}


async def _write(session: WriteSession, model: type[Base], draft: Draft) -> Row:
    if draft.before is None:
        return await insert_row(session, model, draft.values)
    changed = {name: value for name, value in draft.values.items() if draft.before[name] != value}
    return await update_row(session, model, draft.before["id"], changed) if changed else draft.before
