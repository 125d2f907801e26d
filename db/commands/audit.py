"""The audit log: who changed what, why, and what the row said before and after."""

import enum
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect

from db.connections.sessions import WriteSession
from db.models import Base, Change
from db.values.notation import iso, plain
from db.values.text import storable
from db.values.vocabulary import Operation


@dataclass(frozen=True)
class Author:
    """Who makes a change, why, and in which request, as the audit log keeps it."""

    actor: str
    reason: str | None = None
    request_id: str | None = None


def record(
    session: WriteSession,
    author: Author,
    operation: Operation,
    row: Base,
    organization_id: int | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> Change:
    """The change is in the session; `row` must be flushed. `before` and `after` are snapshots, None where no row is.

    Raises `Invalid` where the author's reason is blank.
    """
    change = Change(
        actor=author.actor,
        reason=storable(author.reason, "write", "reason"),
        request_id=author.request_id,
        operation=operation,
        node_type=type(row).__name__,
        node_id=row.id,
        organization_id=organization_id,
        before=before,
        after=after,
    )
    session.add(change)
    return change


def snapshot(row: Base) -> dict[str, Any]:
    """The row's columns as JSON: enums by name, decimals in plain notation, days and moments as ISO 8601."""
    mapper = inspect(type(row))
    return {
        column.name: _json(getattr(row, mapper.get_property_by_column(column).key))
        for column in mapper.local_table.columns
    }


def _json(value: Any) -> Any:
    match value:
        case enum.Enum():
            return value.name
        case Decimal():
            return plain(value)
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case _:
            return value
