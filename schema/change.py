"""The audit log."""

from datetime import datetime
from typing import TYPE_CHECKING

from strawberry import field

from db import models
from db.values.vocabulary import Operation
from schema.compile.declare import AnyNode, entity, reading
from schema.node import Node
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.organization import Organization


@entity(models.Change)
class Change(Node):
    """An entry of the audit log: one change to one row."""

    at: datetime = field(description="The time of the change.")
    actor: str = field(description="The name of the API key that made the change.")
    reason: str | None = field(description="The reason that the client gave; null if it gave none.")
    operation: Operation = field(description="What the change did to the row.")
    node: Node | None = reading(
        AnyNode("node_type", "node_id"), "The changed row as it is now; null if it was deleted."
    )
    organization: "Organization | None" = field(description="The organization that the row belongs to.")
    before: JSON | None = field(description="The row's columns before the change; null for a new row.")
    after: JSON | None = field(description="The row's columns after the change; null for a deleted row.")
    request_id: str | None = field(description="The id of the request that made the change: its X-Request-Id header.")
