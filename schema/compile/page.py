"""Connections: pages of a list by keyset pagination. Each parent has its own page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar

import strawberry
from graphql import GraphQLError, GraphQLObjectType, get_named_type
from sqlalchemy import ColumnElement, Double, Select, Text, and_, case, cast, func, not_, or_, select

from schema.compile.declare import make_field
from schema.compile.dialect import Sql, concat, constant, or_null, separate, text_of
from schema.compile.field import Field
from schema.compile.leaf import leaf
from schema.compile.protocols import Arguments, FieldCompiler
from schema.compile.row import Row
from schema.compile.source import Source, table_of
from schema.compile.where import given
from schema.identity import decode_cursor
from schema.vocabulary import OrderDirection

T = TypeVar("T")

DEFAULT: Final = 25
MOST: Final = 100
MOST_KEYS: Final = 3
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


@strawberry.type(description="The items of a list that have the same values.")
class Group:
    keys: list[str] = strawberry.field(description="The values, in the order of `by`.")
    count: int = strawberry.field(description="The number of items that have these values.")
    share: float = strawberry.field(description="The share of these items in the whole list, from 0 to 1.")


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


def order_by_field(fields: Mapping[Any, tuple[Any, type]]) -> Callable[..., list[Key]]:
    """The `order` function of a page whose `order_by` lists keys of `fields`, each with a direction."""

    def order(order_by: Any = None, **_filters: Any) -> list[Key]:
        chosen = order_by if given(order_by) else []
        return [Key(*fields[by.field], descending=by.direction is OrderDirection.DESC) for by in chosen]

    return order


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
            "groups": lambda group: _groups(compiler, whole, Grouping(self.groups), group),
        }
        return compiler.compose(field, lambda part: parts[part.name](part))


@dataclass(frozen=True)
class Listing:
    """One page of one list. Its methods write the parts of the connection.

    The page has the first `size` rows between two cursors, or the last ones if `backwards`.
    """

    compiler: FieldCompiler
    node: GraphQLObjectType
    whole: Source
    keys: Sequence[Key]
    size: Any
    backwards: bool
    after: Sequence[Any] | None
    before: Sequence[Any] | None

    def nodes(self, field: Field) -> Sql:
        row = self._row()
        return self.compiler.list(self.compiler.item(row, self.node, field.details), self._page(row))

    def edges(self, field: Field) -> Sql:
        row = self._row()
        item = self.compiler.compose(field, lambda part: self._edge(row, part))
        return self.compiler.list(item, self._page(row))

    def page_info(self, field: Field) -> Sql:
        parts: dict[str, Callable[[], Sql]] = {
            "has_next_page": lambda: self._has_more(at_the_end=True),
            "has_previous_page": lambda: self._has_more(at_the_end=False),
            "start_cursor": lambda: self._cursor_at(the_end=False),
            "end_cursor": lambda: self._cursor_at(the_end=True),
        }
        return self.compiler.compose(field, lambda part: parts[part.name]())

    def total_count(self, _field: Field) -> Sql:
        return text_of(f"(SELECT count(*) FROM {self.compiler.subquery(self._row(), self.whole)})")

    def _row(self) -> Row:
        return self.compiler.row(self.whole.mapper)

    def _between(self) -> Select[Any]:
        """The rows between the two cursors."""
        rows = self.whole.statement
        for bound, backwards in ((self.after, False), (self.before, True)):
            if bound is not None:
                rows = rows.where(_beyond(self.keys, bound, backwards=backwards))
        return rows

    def _taken(self) -> Select[Any]:
        order = (key.order(backwards=self.backwards) for key in self.keys)
        return self._between().order_by(*order).limit(self.size)

    def _page(self, row: Row) -> str:
        order = f" {self._order(row, backwards=False)}" if self.backwards else ""
        taken = self.compiler.subquery(row, self.whole.but(self._taken()))
        # The subquery finds the last rows in reverse order; restore the list's order.
        return f"(SELECT * FROM {taken}{order}) AS {row.alias}" if self.backwards else taken

    def _order(self, row: Row, *, backwards: bool) -> str:
        """The ORDER BY clause of a page's rows: the list's order, or its reverse if `backwards`."""
        columns = (
            self._named(row, f"order{index}", key.sort_key(key.expression)) for index, key in enumerate(self.keys)
        )
        directions = ("DESC" if key.descending != backwards else "ASC" for key in self.keys)
        return "ORDER BY " + ", ".join(map(" ".join, zip(columns, directions, strict=True)))

    def _named(self, row: Row, name: str, expression: ColumnElement[Any]) -> str:
        return row.added(name, self.compiler.expression(expression, table_of(row.mapper)))

    def _has_more(self, *, at_the_end: bool) -> Sql:
        """Whether the list has items after the page, or before it; items beyond a cursor count too."""
        bound = self.before if at_the_end else self.after
        found: list[Select[Any]] = []
        if bound is not None:
            found.append(self.whole.statement.where(not_(_beyond(self.keys, bound, backwards=at_the_end))))
        if at_the_end != self.backwards:
            found.append(self._taken().limit(1).offset(self.size))
        exist = " OR ".join(
            f"EXISTS (SELECT 1 FROM {self.compiler.subquery(self._row(), self.whole.but(rows))})" for rows in found
        )
        return f"CASE WHEN {exist} THEN 'true' ELSE 'false' END" if exist else constant("false")

    def _edge(self, row: Row, part: Field) -> Sql:
        if part.name == "cursor":
            return self._cursor(row)
        return self.compiler.item(row, self.node, part.details)

    def _cursor(self, row: Row) -> Sql:
        dialect = self.compiler.dialect
        values = [
            leaf(self._named(row, f"key{index}", key.expression), key.expression.type, False, dialect)
            for index, key in enumerate(self.keys)
        ]
        text = dialect.hex(concat(constant("["), *separate(values), constant("]")))
        return concat(constant('"'), text, constant('"'))

    def _cursor_at(self, *, the_end: bool) -> Sql:
        row = self._row()
        cursor, order = self._cursor(row), self._order(row, backwards=the_end)
        page = self.compiler.subquery(row, self.whole.but(self._taken()))
        return or_null(f"(SELECT {cursor} FROM {page} {order} LIMIT 1)")


@dataclass(frozen=True)
class Grouping:
    """The names that clients can group a list by, each with its expression."""

    by: Mapping[str, Any]

    def check(self, arguments: Arguments) -> Arguments:
        names = arguments["by"]
        unknown = [name for name in names if name not in self.by]
        if unknown or not 1 <= len(names) <= MOST_KEYS:
            raise GraphQLError(f"expected by to list 1 to {MOST_KEYS} of {', '.join(self.by)}, got {names}")
        return arguments


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


def _beyond(keys: Sequence[Key], values: Sequence[Any], *, backwards: bool) -> ColumnElement[bool]:
    """The condition for rows after the cursor with these values, or before it if `backwards`."""
    pairs = list(zip(keys, values, strict=True))
    steps = [
        and_(*(key.tied(value) for key, value in pairs[:place]), last.beyond(value, backwards=backwards))
        for place, (last, value) in enumerate(pairs)
    ]
    # The other conditions imply this one, but the database can use it to search an index.
    lead, value = pairs[0]
    return and_(lead.reached(value, backwards=backwards), or_(*steps)) if len(steps) > 1 else steps[0]


def _groups(compiler: FieldCompiler, whole: Source, grouping: Grouping, field: Field) -> Sql:
    names = compiler.arguments(field, grouping)["by"]
    values = [
        case(*((name == known, cast(expression, Text)) for known, expression in grouping.by.items())).label(f"k{index}")
        for index, name in enumerate(names)
    ]
    members = whole.statement.with_only_columns(*values).subquery()
    n = func.count()
    # SQL computes windows after grouping, so the sum of the groups' counts is the count of the whole list.
    share = cast(n, Double) / cast(func.sum(n).over(), Double)
    groups = select(*members.c, n.label("n"), share.label("share")).group_by(*members.c).order_by(n.desc(), *members.c)
    alias, dialect = compiler.alias(), compiler.dialect
    keys = separate(or_null(dialect.quote(f"{alias}.k{index}")) for index in range(len(names)))
    texts: dict[str, Sql] = {
        "keys": concat(constant("["), *keys, constant("]")),
        "count": text_of(f"{alias}.n"),
        "share": dialect.float(f"{alias}.share"),
    }
    item = compiler.compose(field, lambda part: texts[part.name])
    return compiler.list(item, f"({compiler.statement(whole.but(groups))}) AS {alias}")
