"""Turns the vocabularies into GraphQL enums; their docstrings and terms are the descriptions."""

from inspect import getdoc
from typing import Any, TypeVar

import strawberry

from db.values import quantity as quantity  # Importing it declares more terms.
from db.values.vocabulary import Term

T = TypeVar("T", bound=type[Term])


def term_enum(kind: T) -> T:
    """Registers a vocabulary as a GraphQL enum and returns it."""
    declared: Any = strawberry.enum(kind, description=getdoc(kind))
    for value in declared.__strawberry_definition__.values:
        value.description = kind[value.name].description
    return kind


for _kind in Term.__subclasses__():
    term_enum(_kind)
