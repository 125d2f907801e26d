"""Connections: pages of a list by keyset, each with its own limit beneath its own parent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, NamedTuple, TypeVar

import strawberry
from graphql import GraphQLError, GraphQLObjectType, get_named_type
from sqlalchemy import Double, Select, Text, and_, case, cast, func, not_, or_, select, true

from schema.compile.declare import Arguments, resolved
from schema.compile.dialect import Sql, concat, constant, or_null
from schema.compile.leaf import leaf
from schema.compile.where import given
from schema.identity import decode_cursor
from schema.vocabulary import OrderDirection

if TYPE_CHECKING:
    from schema.compile.compiler import Compiler, Field, Row

T = TypeVar("T")

DEFAULT: Final = 25
MOST: Final = 100
MOST_KEYS: Final = 3


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are items before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the page's first item, null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the page's last item, null on an empty page.")


@strawberry.type(description="An item and its place in the list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The item's place: pass it as `after` to go on behind it.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The page's items with their cursors.")
    nodes: list[T] = strawberry.field(description="The page's items.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    total_count: int = strawberry.field(description="How many items the whole list has; counted only when asked for.")


@strawberry.type(description="The items that have the same values.")
class Group:
    keys: list[str] = strawberry.field(description="The values, in the order of `by`.")
    count: int = strawberry.field(description="How many items of the whole list have them.")
    share: float = strawberry.field(description="`count` as a share of the whole list, from 0 to 1.")


@strawberry.type(name="Connection", description="A page of a list that can be grouped.")
class GroupedConnection(Connection[T]):
    @strawberry.field(description="The whole list counted by these of its items' fields, largest group first.")
    def groups(
        self, by: Annotated[list[str], strawberry.argument(description='One to three fields, such as `["sector"]`.')]
    ) -> list[Group]:
        raise NotImplementedError


class Key(NamedTuple):
    """An expression that a list is ordered by; never null. `kind` is the Python type of its values."""

    expression: Sql
    kind: type = int
    descending: bool = False


def keyed(fields: Mapping[Any, tuple[Any, type]]) -> Callable[..., list[Key]]:
    """The `order` of a page whose `order_by` lists a `field`, of these, and a `direction` each."""

    def order(order_by: Any = None, **_filters: Any) -> list[Key]:
        chosen = order_by if given(order_by) else []
        return [Key(*fields[by.field], descending=by.direction is OrderDirection.DESC) for by in chosen]

    return order


@dataclass(frozen=True)
class Page:
    """A connection over the rows that `refine` leaves, in the order of `order` and then of their ids.

    `order` takes the same arguments as `refine`. `groups` gives, for each name that the list can be grouped by, an
    expression over the rows.
    """

    refine: Callable[..., Select[Any]]
    order: Callable[..., Sequence[Key]]
    of: str | None = None
    newest_first: bool = False
    groups: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def check(self, arguments: Arguments) -> Arguments:
        filters = dict(arguments)
        first, after = filters.pop("first"), filters.pop("after", None)
        if not 1 <= first <= MOST:
            raise GraphQLError(f"first must be 1..{MOST}, got {first}")
        if not isinstance(after, str):
            return {**filters, "first": first, "after": None}
        kinds = [*(key.kind for key in self.order(**filters)), int]
        return {**filters, "first": first, "after": decode_cursor(after, kinds)}

    def text(self, compiler: "Compiler", row: "Row | None", field: "Field") -> Sql:
        node: Any = get_named_type(compiler.named(field).fields["nodes"].type)
        mapper, statement = compiler.origin(row, field, self.of, node)
        arguments = compiler.arguments(field, self)
        first, after = arguments.pop("first"), arguments.pop("after")
        keys = list(self.order(**arguments))
        keys.append(Key(mapper.primary_key[0], descending=keys[-1].descending if keys else self.newest_first))
        whole = self.refine(statement.order_by(None), **arguments)
        listing = Listing(compiler, node, whole, keys, first, None if after is None else _behind(keys, after))
        parts: dict[str, Callable[[Field], Sql]] = {
            "nodes": listing.nodes,
            "edges": listing.edges,
            "page_info": listing.page_info,
            "total_count": listing.total_count,
            "groups": lambda group: _groups(compiler, whole, Grouping(self.groups), group),
        }
        return compiler.compose(
            compiler.named(field), field.details, lambda part: parts[part.declared.python_name](part)
        )


@dataclass(frozen=True)
class Listing:
    """One page of one list, and how each part of a connection is written from it."""

    compiler: "Compiler"
    node: GraphQLObjectType
    whole: Select[Any]
    keys: Sequence[Key]
    first: Any
    behind: Sql | None

    def nodes(self, field: "Field") -> Sql:
        row = self._row()
        item = self.compiler.item(row, self.node, field.details)
        return self.compiler.list(item, row.subquery(self._rows().limit(self.first)))

    def edges(self, field: "Field") -> Sql:
        row = self._row()
        item = self.compiler.compose(self.compiler.named(field), field.details, lambda part: self._edge(row, part))
        return self.compiler.list(item, row.subquery(self._rows().limit(self.first)))

    def page_info(self, field: "Field") -> Sql:
        parts: dict[str, Callable[[], Sql]] = {
            "has_next_page": lambda: self._any(self._rows().limit(1).offset(self.first)),
            "has_previous_page": lambda: (
                constant("false") if self.behind is None else self._any(self.whole.where(not_(self.behind)).limit(1))
            ),
            "start_cursor": self._start_cursor,
            "end_cursor": self._end_cursor,
        }
        return self.compiler.compose(
            self.compiler.named(field), field.details, lambda part: parts[part.declared.python_name]()
        )

    def total_count(self, _field: "Field") -> Sql:
        counted = self._row().subquery(self.whole)
        return cast(select(func.count()).select_from(counted).scalar_subquery(), Text)

    def _row(self) -> "Row":
        return self.compiler.row(self.compiler.graph.entities[self.node.name])

    def _rows(self) -> Select[Any]:
        rows = self.whole if self.behind is None else self.whole.where(self.behind)
        return rows.order_by(*(key.expression.desc() if key.descending else key.expression for key in self.keys))

    def _any(self, rows: Select[Any]) -> Sql:
        found = select(constant("true")).select_from(self._row().subquery(rows)).scalar_subquery()
        return func.coalesce(found, constant("false"))

    def _edge(self, row: "Row", part: "Field") -> Sql:
        if part.declared.python_name == "cursor":
            return self._cursor(row)
        return self.compiler.item(row, self.node, part.details)

    def _cursor(self, row: "Row") -> Sql:
        values = [leaf(column, False, self.compiler.dialect) for column in self._columns(row)]
        pieces = [piece for value in values for piece in (",", value)][1:]
        return concat(['"', self.compiler.dialect.hex(concat(["[", *pieces, "]"])), '"'])

    def _columns(self, row: "Row") -> list[Sql]:
        return [row.column(key.expression, f"key{index}") for index, key in enumerate(self.keys)]

    def _start_cursor(self) -> Sql:
        row = self._row()
        return or_null(select(self._cursor(row)).select_from(row.subquery(self._rows().limit(1))).scalar_subquery())

    def _end_cursor(self) -> Sql:
        row = self._row()
        cursor = self._cursor(row)
        backwards = [
            column if key.descending else column.desc()
            for column, key in zip(self._columns(row), self.keys, strict=True)
        ]
        page = row.subquery(self._rows().limit(self.first))
        return or_null(select(cursor).select_from(page).order_by(*backwards).limit(1).scalar_subquery())


@dataclass(frozen=True)
class Grouping:
    """The names that a list can be grouped by."""

    by: Mapping[str, Any]

    def check(self, arguments: Arguments) -> Arguments:
        names = arguments["by"]
        unknown = [name for name in names if name not in self.by]
        if unknown or not 1 <= len(names) <= MOST_KEYS:
            raise GraphQLError(f"by must be 1..{MOST_KEYS} of {', '.join(self.by)}, got {names}")
        return arguments


def page(
    order: Callable[..., Sequence[Key]] = lambda **_: (),
    of: str | None = None,
    newest_first: bool = False,
    groups: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """A connection whose arguments, beside the page's own, refine its rows; documented by the function's docstring."""

    def declare(refine: Callable[..., Any]) -> Any:
        return resolved(refine, Page(refine, order, of, newest_first, groups or {}), _PAGING)

    return declare


_PAGING: Final = {
    "first": (Annotated[int, strawberry.argument(description=f"How many items at most, 1..{MOST}.")], DEFAULT),
    "after": (
        Annotated[str | None, strawberry.argument(description="The cursor behind which the page begins.")],
        strawberry.UNSET,
    ),
}


def _behind(keys: Sequence[Key], values: Iterable[Any]) -> Sql:
    """What holds for the rows behind the cursor of these values."""
    pairs = list(zip(keys, values, strict=True))
    ties = [and_(true(), *(key.expression == value for key, value in pairs[:place])) for place in range(len(pairs))]
    steps = [tie & _further(key, value) for tie, (key, value) in zip(ties, pairs, strict=True)]
    (lead, value), *rest = pairs
    # The first key's bound is implied, but an index can be entered by it.
    entry = lead.expression <= value if lead.descending else lead.expression >= value
    return and_(entry, or_(*steps)) if rest else steps[0]


def _further(key: Key, value: Any) -> Sql:
    return key.expression < value if key.descending else key.expression > value


def _groups(compiler: "Compiler", whole: Select[Any], grouping: Grouping, field: "Field") -> Sql:
    names = compiler.arguments(field, grouping)["by"]
    values = [
        case(*((name == known, cast(expression, Text)) for known, expression in grouping.by.items())).label(f"k{index}")
        for index, name in enumerate(names)
    ]
    members = whole.with_only_columns(*values, maintain_column_froms=True).subquery()
    n = func.count()
    # Windows come after grouping: the sum of the groups' counts is the whole list's.
    share = cast(n, Double) / cast(func.sum(n).over(), Double)
    groups = select(*members.c, n.label("n"), share.label("share")).group_by(*members.c).order_by(n.desc(), *members.c)
    group = groups.subquery()
    dialect = compiler.dialect
    keys = [or_null(dialect.quote(group.c[f"k{index}"])) for index in range(len(names))]
    pieces = [piece for key in keys for piece in (",", key)][1:]
    texts: dict[str, Sql] = {
        "keys": concat(["[", *pieces, "]"]),
        "count": cast(group.c.n, Text),
        "share": dialect.float(group.c.share),
    }
    item = compiler.compose(compiler.named(field), field.details, lambda part: texts[part.declared.python_name])
    return compiler.list(item, group)
