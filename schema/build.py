"""The schema, built once from its types."""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema import __path__ as package
from schema.compile.declare import CANONICAL
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

# The names that a module defines.
Module = dict[str, Any]


@cache
def build() -> strawberry.Schema:
    """The GraphQL schema; the same object every time, since it cannot change."""
    config = StrawberryConfig(scalar_map=SCALARS)
    modules = [vars(import_module(f"schema.{module.name}")) for module in iter_modules(package)]
    return strawberry.Schema(Query, _mutation(modules), Subscription, types=_entities(modules), config=config)


def _mutation(modules: Iterable[Module]) -> type:
    """The mutation root: all classes of the modules whose names end in `Mutation`, in the order of the modules."""
    parts = [
        value
        for module in modules
        for name, value in module.items()
        if name.endswith("Mutation") and value.__module__ == module["__name__"]
    ]
    root = type("Mutation", tuple(parts), {})
    return strawberry.type(root, description="All mutations. They need an admin key.")


def _entities(modules: Sequence[Module]) -> list[type]:
    """The entities of all modules. Adds each of them to the namespace of each module.

    Entities refer to each other in cycles, so their modules cannot all import each other. Where an import would close a
    cycle, it is for the type checker only, and Strawberry finds the name in the module's namespace now.
    """
    entities = {
        name: value
        for module in modules
        for name, value in module.items()
        if isinstance(value, type) and hasattr(value, CANONICAL)
    }
    for module in modules:
        module.update(entities | module)
    return list(entities.values())
