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
    """Who changed which row, why, and what it said before and after."""

    at: datetime = field(description="When.")
    actor: str = field(description="By whose key.")
    reason: str | None = field(description="Why, in their words.")
    operation: Operation = field(description="What was done.")
    node: Node | None = reading(AnyNode("node_type", "node_id"), "The row; null once it is deleted.")
    organization: "Organization | None" = field(description="The organization that the change concerns.")
    before: JSON | None = field(description="The row's columns before; null for a new row.")
    after: JSON | None = field(description="The row's columns after; null for a deleted row.")
    request_id: str | None = field(description="The request that made it, as in the X-Request-Id header.")
