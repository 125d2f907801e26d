"""The closed lists as GraphQL enums, each described by its docstring and the descriptions of its terms."""

from inspect import getdoc
from typing import Any, TypeVar

import strawberry

from db.values import quantity as quantity  # Declares lists as well.
from db.values.vocabulary import Term

T = TypeVar("T", bound=type[Term])


def term_enum(kind: T) -> T:
    """The GraphQL enum of a closed list."""
    declared: Any = strawberry.enum(kind, description=getdoc(kind))
    for value in declared.__strawberry_definition__.values:
        value.description = kind[value.name].description
    return kind


for _kind in Term.__subclasses__():
    term_enum(_kind)


@term_enum
class OrderDirection(Term):
    """The direction of an order."""

    ASC = "ASC", "Ascending: the smallest value first, A before Z, the past before the present."
    DESC = "DESC", "Descending: the greatest value first, Z before A, the present before the past."
