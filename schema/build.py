"""The schema, built once from its types."""

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema import vocabulary as vocabulary
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription


@cache
def build() -> strawberry.Schema:
    """The GraphQL schema; the same object every time, since it cannot change."""
    return strawberry.Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS))
