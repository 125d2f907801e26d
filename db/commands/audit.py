"""The audit log: who changed which row, why, and its columns before and after."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect

from db.commands import row
from db.connections.sessions import WriteSession
from db.models import Base, Change
from db.values.reference import Reference
from db.values.text import storable
from db.values.vocabulary import Operation


@dataclass(frozen=True)
class Author:
    """Who makes a change, why, and in which request."""

    actor: str
    reason: str | None = None
    request_id: str | None = None


async def record(
    session: WriteSession,
    author: Author,
    operation: Operation,
    node: Reference,
    organization_id: int | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> int:
    """Log the change of the row `node`; return the change's id.

    `before` and `after` are snapshots: `before` is None for a new row, `after` for a deleted one. Raises `Invalid` if
    the author's reason is blank.
    """
    change = await row.insert_row(
        session,
        Change,
        {
            "actor": author.actor,
            "reason": storable(author.reason, "write", "reason"),
            "request_id": author.request_id,
            "operation": operation,
            "node_type": node.type_name,
            "node_id": node.id,
            "organization_id": organization_id,
            "before": before,
            "after": after,
        },
    )
    return change["id"]


def snapshot(entity: Base) -> dict[str, Any]:
    """The columns of an ORM row as JSON: see `row.snapshot`."""
    mapper = inspect(type(entity))
    return row.snapshot(
        {
            column.name: getattr(entity, mapper.get_property_by_column(column).key)
            for column in mapper.local_table.columns
            # The ORM does not map the owner. The log has it in a column of its own.
            if column.name != "owner_id"
        }
    )
