"""The interfaces: what has an identity, what people edit, what a source supports."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry
from strawberry import field

if TYPE_CHECKING:
    from schema.source import Citation


@strawberry.interface(description="A row with a global id, by which `node(id:)` finds it again.")
class Node:
    id: strawberry.ID = field(description='Global id, such as "Organization:12"; never used twice.')


@strawberry.interface(description="A row that people edit.")
class Versioned:
    version: int = field(description="Grows by one with every update; pass it back as `expectedVersion`.")
    created_at: datetime = field(description="When the row was written first.")
    updated_at: datetime = field(description="When the row was written last.")


@strawberry.interface(
    description="Anything that asserts something about the world, hence can be traced to the words that support it."
)
class HasCitations:
    citations: list["Citation"] = field(description="The quotes that support this, in the order they were given.")
