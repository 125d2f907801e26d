"""The interfaces: rows with an id, rows that clients edit, and rows that citations support."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry
from strawberry import field

if TYPE_CHECKING:
    from schema.source import Citation


@strawberry.interface(description="A row with a global id. `node(id:)` returns it.")
class Node:
    id: strawberry.ID = field(description='The global id, such as "Organization:12". An id is never reused.')


@strawberry.interface(description="A row that clients edit.")
class Versioned:
    version: int = field(
        description="The version, from 1. Each update adds one. Pass it as `expectedVersion` to detect other edits."
    )
    created_at: datetime = field(description="The time at which the row was created.")
    updated_at: datetime = field(description="The time of the last update.")


@strawberry.interface(description="A row whose content can be traced to the quotes that support it.")
class HasCitations:
    citations: list["Citation"] = field(
        description="The quotes that support the row, oldest first; empty if it has no evidence."
    )
