"""Connections: pages of a list by keyset pagination. Each parent has its own page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Generic, TypeVar

import strawberry
from graphql import GraphQLError, get_named_type
from sqlalchemy import Select

from schema.compile.cursor import decode_cursor
from schema.compile.declare import make_field
from schema.compile.dialect import Sql
from schema.compile.field import Field
from schema.compile.group import Group, Grouping
from schema.compile.listing import Listing
from schema.compile.order import Key
from schema.compile.protocols import Arguments, FieldCompiler
from schema.compile.row import Row
from schema.compile.where import given

T = TypeVar("T")

DEFAULT: Final = 25
MOST: Final = 100
# The condition of a cursor grows with the square of the number of keys.
MOST_ORDERS: Final = 5


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether the list has items after the page.")
    has_previous_page: bool = strawberry.field(description="Whether the list has items before the page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the page's first item; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(description="The cursor of the page's last item; null on an empty page.")


@strawberry.type(description="An item of a page, with its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(
        description="The position of the item. Pass it as `after` to get the items that follow."
    )
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items of the page with their cursors.")
    nodes: list[T] = strawberry.field(description="The items of the page.")
    page_info: PageInfo = strawberry.field(description="The position of the page in the list.")
    total_count: int = strawberry.field(
        description="The number of items in the whole list, counted only if you select it."
    )


@strawberry.type(name="Connection", description="A page of a list that can be grouped.")
class GroupedConnection(Connection[T]):
    @strawberry.field(description="The whole list grouped by the values of some fields, largest group first.")
    def groups(
        self,
        by: Annotated[
            list[str],
            strawberry.argument(description='The fields to group by, from one to three, such as `["sector"]`.'),
        ],
    ) -> list[Group]:
        raise NotImplementedError


@dataclass(frozen=True)
class Page:
    """A connection over the rows that `refine` keeps, ordered by `order` and then by id.

    `order` takes the same arguments as `refine`. `groups` maps each name that clients can group by to an expression
    over the rows.
    """

    refine: Callable[..., Select[Any]]
    order: Callable[..., Sequence[Key]]
    of: str | None = None
    newest_first: bool = False
    groups: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def check(self, arguments: Arguments) -> Arguments:
        filters = {name: value for name, value in arguments.items() if name not in _PAGING}
        sizes = {name: arguments[name] for name in ("first", "last") if given(arguments.get(name))}
        if len(sizes) == 2:
            raise GraphQLError(f"expected either first or last, got first: {sizes['first']} and last: {sizes['last']}")
        for name, size in sizes.items():
            if not 1 <= size <= MOST:
                raise GraphQLError(f"expected {name} between 1 and {MOST}, got {size}")
        orders = len(filters.get("order_by") or ())
        if orders > MOST_ORDERS:
            raise GraphQLError(f"expected at most {MOST_ORDERS} orders in orderBy, got {orders}")
        kinds = [*(key.kind for key in self.order(**filters)), int]
        cursors = {
            name: decode_cursor(arguments[name], kinds) if given(arguments.get(name)) else None
            for name in ("after", "before")
        }
        return {**filters, **cursors, "size": next(iter(sizes.values()), DEFAULT), "backwards": "last" in sizes}

    def text(self, compiler: FieldCompiler, row: Row | None, field: Field) -> Sql:
        node: Any = get_named_type(field.type.fields["nodes"].type)
        source = compiler.origin(row, field, self.of, node)
        arguments = compiler.arguments(field, self)
        paging = {name: arguments.pop(name) for name in ("after", "before", "size", "backwards")}
        if not field.varies("first", "last"):
            # The database plans better with a number than with a parameter.
            paging["size"] = paging["size"].value
        keys = list(self.order(**arguments))
        keys.append(Key(source.mapper.primary_key[0], descending=keys[-1].descending if keys else self.newest_first))
        whole = source.but(self.refine(source.statement.order_by(None), **arguments))
        listing = Listing(compiler, node, whole, keys, **paging)
        parts: dict[str, Callable[[Field], Sql]] = {
            "nodes": listing.nodes,
            "edges": listing.edges,
            "page_info": listing.page_info,
            "total_count": listing.total_count,
            "groups": lambda group: Grouping(self.groups).text(compiler, whole, group),
        }
        return compiler.compose(field, lambda part: parts[part.name](part))


def page(
    order: Callable[..., Sequence[Key]] = lambda **_: (),
    of: str | None = None,
    newest_first: bool = False,
    groups: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """A connection field with the paging arguments and those of `refine`, described by the docstring of `refine`."""

    def declare(refine: Callable[..., Any]) -> Any:
        return make_field(refine, Page(refine, order, of, newest_first, groups or {}), _PAGING)

    return declare


def _argument(kind: Any, description: str) -> tuple[Any, Any]:
    return Annotated[kind | None, strawberry.argument(description=description)], strawberry.UNSET


_PAGING: Final = {
    "first": _argument(
        int, f"The size of the page, from the start of the list; from 1 to {MOST}, by default {DEFAULT}."
    ),
    "after": _argument(str, "Return only items after this cursor."),
    "last": _argument(
        int, f"The size of the page, from the end of the list; from 1 to {MOST}. Do not combine it with `first`."
    ),
    "before": _argument(str, "Return only items before this cursor."),
}
