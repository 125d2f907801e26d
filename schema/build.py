"""The schema, built once from its types."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema import __path__ as package
from schema import vocabulary as vocabulary
from schema.compile.declare import CANONICAL
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription


@cache
def build() -> strawberry.Schema:
    """The GraphQL schema; the same object every time, since it cannot change."""
    config = StrawberryConfig(scalar_map=SCALARS)
    return strawberry.Schema(Query, Mutation, Subscription, types=_entities(), config=config)


def _entities() -> list[type]:
    """The entities of all modules. Adds each of them to the namespace of each module.

    Entities refer to each other in cycles, so their modules cannot all import each other. Where an import would close a
    cycle, it is for the type checker only, and Strawberry finds the name in the module's namespace now.
    """
    modules = [vars(import_module(f"schema.{module.name}")) for module in iter_modules(package)]
    entities = {
        name: value
        for module in modules
        for name, value in module.items()
        if isinstance(value, type) and hasattr(value, CANONICAL)
    }
    for module in modules:
        module.update(entities | module)
    return list(entities.values())
