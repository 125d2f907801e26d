"""Orders of lists: the keys that rows are sorted by, and the conditions for rows beyond a place in the order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import strawberry
from sqlalchemy import ColumnElement, and_, or_

from db.values.vocabulary import Term
from schema.compile.vocabulary import term_enum
from schema.compile.where import given


@term_enum
class OrderDirection(Term):
    """The direction of an order."""

    ASC = "ASC", "Ascending: the smallest value first, A before Z, the past before the present."
    DESC = "DESC", "Descending: the greatest value first, Z before A, the present before the past."


F = TypeVar("F", bound=Term)


@strawberry.input
class Order(Generic[F]):
    """What the inputs for orders have in common; `F` is the vocabulary of the values that a list can be ordered by."""

    field: F = strawberry.field(description="The value to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="The direction; ASC by default."
    )


def itself(value: Any) -> Any:
    return value


class Key(NamedTuple):
    """An expression that orders a list; never null. `kind` is the Python type of its values.

    `sort_key` maps the expression to one that the database sorts in the right order.
    """

    expression: ColumnElement[Any]
    kind: type = int
    descending: bool = False
    sort_key: Callable[[Any], ColumnElement[Any]] = itself

    def order(self, *, backwards: bool) -> Any:
        sort_key = self.sort_key(self.expression)
        return sort_key.desc() if self.descending != backwards else sort_key

    def beyond(self, value: Any, *, backwards: bool) -> ColumnElement[bool]:
        """The condition for rows after the value, or before it if `backwards`."""
        mine, other = self.sort_key(self.expression), self.sort_key(value)
        return mine < other if self.descending != backwards else mine > other

    def reached(self, value: Any, *, backwards: bool) -> ColumnElement[bool]:
        """The condition for rows at or after the value, or at or before it if `backwards`."""
        mine, other = self.sort_key(self.expression), self.sort_key(value)
        return mine <= other if self.descending != backwards else mine >= other

    def tied(self, value: Any) -> ColumnElement[bool]:
        return self.sort_key(self.expression) == self.sort_key(value)


def order_by_field(fields: Mapping[F, tuple[Any, type]]) -> Callable[..., list[Key]]:
    """The `order` function of a page whose `order_by` lists keys of `fields`, each with a direction."""

    def order(order_by: Any = None, **_filters: Any) -> list[Key]:
        chosen = order_by if given(order_by) else []
        return [Key(*fields[by.field], descending=by.direction is OrderDirection.DESC) for by in chosen]

    return order


def beyond(keys: Sequence[Key], values: Sequence[Any], *, backwards: bool) -> ColumnElement[bool]:
    """The condition for rows after the cursor with these values, or before it if `backwards`."""
    pairs = list(zip(keys, values, strict=True))
    steps = [
        and_(*(key.tied(value) for key, value in pairs[:place]), last.beyond(value, backwards=backwards))
        for place, (last, value) in enumerate(pairs)
    ]
    # The other conditions imply this one, but the database can use it to search an index.
    lead, value = pairs[0]
    return and_(lead.reached(value, backwards=backwards), or_(*steps)) if len(steps) > 1 else steps[0]
