"""Random operations that cover the whole schema, with arguments that match rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_list_type,
    is_object_type,
    is_required_argument,
    is_union_type,
)
from graphql.language.print_string import print_string
from hypothesis import strategies as st

from tests.proof.arguments import Arguments
from tests.proof.reference.fields import ONE_OF
from tests.proof.reference.tables import TABLES, TYPES
from tests.proof.registry import LOGGED

# The service allows objects nested this deep.
MOST_DEPTH: Final = 15
# The approximate number of rows below one field, of items in a list, and of selected fields.
MOST_ROWS: Final = 64
FAN: Final = 4
MOST_FIELDS: Final = 36

# The number of bytes that encode an operation. This is enough for all choices of most operations.
TAPE: Final = 800

# The aliases include one that is longer than a Postgres identifier may be, SQL keywords, and names that the compiler
# might use itself.
ALIASES: Final = ("_", "t0", "select", "k0", "a" * 70, "id", "x")

# These types have no interface, but they appear beside each other in one union.
UNITED: Final = {"Quantity", "TextValue", "DateValue", "NodeValue"}

INTROSPECTION: Final = (
    "__schema { queryType { name } }",
    '__type(name: "Organization") { kind name fields { name } }',
)


@dataclass(frozen=True)
class Operation:
    """An operation as a client sends it."""

    query: str
    variables: dict[str, Any]
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.query}\n\nvariables: {json.dumps(self.variables)}\noperationName: {json.dumps(self.name)}"


@dataclass(frozen=True)
class Fragment:
    """A named fragment, and the depth that it needs."""

    name: str
    on: str
    text: str
    depth: int


def operations(schema: GraphQLSchema, arguments: Arguments) -> st.SearchStrategy[Operation]:
    """Return a strategy for valid operations, a few of them with bad arguments.

    One byte string encodes all choices of an operation, because a Hypothesis draw for each choice would take longer
    than the answer. When the bytes run out, each remaining choice is the simplest one.
    """
    return st.binary(min_size=TAPE, max_size=TAPE).map(
        lambda tape: _Document(iter(tape), schema, arguments).operation()
    )


@dataclass
class _Document:
    """A document under construction: what it declares so far, and how many more fields it may select."""

    tape: Iterator[int]
    schema: GraphQLSchema
    arguments: Arguments
    declared: list[str] = field(default_factory=list[str])
    reusable: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    given: dict[str, Any] = field(default_factory=dict[str, Any])
    fragments: list[Fragment] = field(default_factory=list[Fragment])
    keys: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict[tuple[str, str], tuple[str, str]])
    others: dict[tuple[str, tuple[str, str]], str] = field(default_factory=dict[tuple[str, tuple[str, str]], str])
    fields_left: int = MOST_FIELDS
    is_deep: bool = False

    def below(self, limit: int) -> int:
        drawn = next(self.tape, 0) << 8 | next(self.tape, 0) if limit > 256 else next(self.tape, 0) << 8
        return drawn * limit >> 16

    def pick(self, values: Sequence[Any]) -> Any:
        return values[self.below(len(values))]

    def chance(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent

    def operation(self) -> Operation:
        self.is_deep = self.chance(15)
        self.arguments = self.arguments.with_draws(self.below, with_errors=self.chance(12))
        depth = MOST_DEPTH if self.is_deep else 2 + self.below(7)
        query = self.schema.query_type
        assert query is not None
        selected = self.selection(query, depth, 1)
        if self.chance(4):
            selected = f"{{ {self.pick(INTROSPECTION)} {selected[1:]}"
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        fragments = [f"fragment {one.name} on {one.on} {one.text}" for one in self.fragments]
        name = "Asked" if self.chance(10) else None
        others = ["query Other { __typename }"] if name else []
        head = f"query {name or ''}{declared} " if declared or name or self.chance(50) else ""
        if self.chance(5):
            self.given["undeclared"] = [None]
        return Operation("\n".join([*others, head + selected, *fragments]), self.given, name)

    def selection(self, type_: Any, depth: int, rows: int, likely: Sequence[str] = ()) -> str:
        """Return a selection set with at most `depth` levels of objects, below about `rows` rows.

        Where the schema leaves the type of the rows open, `likely` names the types that they probably have.
        """
        count = 1 + (self.below(6) if self.fields_left > 0 else 0) + type_.name.endswith(("Connection", "Value"))
        items = [self.item(type_, depth, rows, likely) for _ in range(count)]
        has_more = self.fields_left > -MOST_FIELDS
        if self.is_deep and has_more and depth and (deeper := self.composite_field(type_, depth, rows, likely)):
            items.append(deeper)
        return f"{{ {' '.join(items)} }}"

    def item(self, type_: Any, depth: int, rows: int, likely: Sequence[str]) -> str:
        kind = self.below(100) if self.fields_left > 0 else 0
        if is_union_type(type_):
            return "__typename" if kind < 20 or not depth else self.inline_fragment(type_, depth, rows, likely)
        if kind >= 97:
            return self.typename()
        if kind >= 88 or (kind >= 40 and is_abstract_type(type_)):
            return self.inline_fragment(type_, depth, rows, likely)
        if kind >= 80:
            return self.fragment_spread(type_, depth, rows)
        leaves = self.fields_that_fit(type_, 0, rows)
        # Connections consist mostly of objects, so a connection selects objects more often than other types do.
        leading = 45 if 2 * len(leaves) > len(type_.fields) else 80
        if not leaves or (not self.is_deep and self.fields_left > 0 and self.chance(leading)):
            deeper = self.composite_field(type_, depth, rows, likely)
            if deeper or not leaves:
                return deeper or self.typename()
        return self.field(type_, self.pick(leaves), depth, rows)

    def typename(self) -> str:
        return f"__typename{self.directives()}"

    def fields_that_fit(self, type_: Any, depth: int, rows: int) -> list[str]:
        """Return the fields for which there is room. Leaves always fit; lists fit while the rows are few."""
        return [
            name
            for name, definition in type_.fields.items()
            if not is_composite_type(get_named_type(definition.type))
            or (depth > 0 and (rows * FAN <= MOST_ROWS or not _is_list(type_, definition)))
        ]

    def composite_field(self, type_: Any, depth: int, rows: int, likely: Sequence[str]) -> str | None:
        """Return a field that selects an object, or None if the type has none or there is no room."""
        if is_abstract_type(type_):
            return self.inline_fragment(type_, depth, rows, likely)
        fits = [
            name
            for name in self.fields_that_fit(type_, depth, rows)
            if is_composite_type(get_named_type(type_.fields[name].type))
        ]
        # Fields with several possible types are picked more often, so that each of the types occurs.
        fits += [name for name in fits if is_abstract_type(get_named_type(type_.fields[name].type))] * 3
        return self.field(type_, self.pick(fits), depth, rows) if fits else None

    def field(self, owner: Any, name: str, depth: int, rows: int) -> str:
        self.fields_left -= 1
        definition: GraphQLField = owner.fields[name]
        values = self.arguments.draw_for_field(owner.name, name, definition)
        text = self.render_arguments(values, definition.args)
        key = self.response_key(owner, name, text, str(definition.type))
        prefix = "" if key == name else f"{key}: "
        named = get_named_type(definition.type)
        selected = ""
        if is_composite_type(named):
            size = values.get("first") or values.get("last") or FAN
            fan = min(FAN, size if isinstance(size, int) else FAN) if _is_list(owner, definition) else 1
            selected = (
                f" {self.selection(named, depth - 1, rows * max(1, fan), _likely_types(owner.name, name, values))}"
            )
        return f"{prefix}{name}{text}{self.directives()}{selected}"

    def response_key(self, owner: Any, name: str, arguments: str, shown: str) -> str:
        """Return a response key that no field of another shape uses in the same place."""
        key = self.pick(ALIASES) if self.chance(8) else name
        scope = "" if is_interface_type(owner) or owner.interfaces or owner.name in UNITED else owner.name
        signature = f"{name}{arguments}", shown
        if self.keys.setdefault((scope, key), signature) != signature:
            key = self.others.setdefault((scope, signature), f"{name}_{len(self.others)}")
        return key

    def inline_fragment(self, type_: Any, depth: int, rows: int, likely: Sequence[str]) -> str:
        self.fields_left -= 1
        on = ""
        if is_union_type(type_) or not self.chance(10):
            on = self.pick(likely) if likely and self.chance(80) else self.pick(self.type_conditions(type_))
        narrowed = self.schema.type_map[on] if on else type_
        return f"...{on and f' on {on}'}{self.directives()} {self.selection(narrowed, depth, rows)}"

    def fragment_spread(self, type_: Any, depth: int, rows: int) -> str:
        names = self.type_conditions(type_)
        known = [one for one in self.fragments if one.on in names and one.depth <= depth and rows * FAN <= MOST_ROWS]
        if not known or self.chance(40):
            on, room = self.pick(names), min(depth, 2)
            text = self.selection(self.schema.type_map[on], room, MOST_ROWS // FAN)
            known = [Fragment(f"F{len(self.fragments)}", on, text, room)]
            self.fragments += known
            if rows * FAN > MOST_ROWS:
                return f"...{known[0].name} @include(if: false)"
        return f"...{self.pick(known).name}{self.directives()}"

    def type_conditions(self, type_: Any) -> list[str]:
        """Return the types that a fragment inside `type_` may name."""
        if is_object_type(type_):
            return [type_.name, *(interface.name for interface in type_.interfaces)]
        possible = [one.name for one in self.schema.get_possible_types(type_)]
        return [*possible, type_.name] if is_interface_type(type_) else possible

    def directives(self) -> str:
        if not self.chance(10):
            return ""
        kind, is_kept = self.pick(("include", "skip")), not self.chance(35)
        value = is_kept if kind == "include" else not is_kept
        directive = self.schema.get_directive(kind)
        assert directive is not None
        return f" @{kind}(if: {self.value(value, directive.args['if'].type)})"

    def render_arguments(self, values: Mapping[str, Any], declared: Mapping[str, GraphQLArgument]) -> str:
        parts = [f"{name}: {self.value(value, declared[name].type)}" for name, value in values.items()]
        for name, argument in declared.items():
            if name not in values and not is_required_argument(argument) and self.chance(4):
                # A variable without a value counts as a missing argument.
                parts.append(f"{name}: {self.declare(str(get_nullable_type(argument.type)))}")
        return f"({', '.join(parts)})" if parts else ""

    def declare(self, type_name: str, default: str | None = None) -> str:
        name = f"$v{len(self.declared)}"
        self.declared.append(f"{name}: {type_name}" + (f" = {default}" if default is not None else ""))
        return name

    def value(self, value: Any, type_: Any) -> str:
        """Return the value as a literal. At times a variable replaces it or a part of it."""
        if self.chance(25):
            return self.variable(value, type_)
        if value is None:
            return "null"
        type_ = get_nullable_type(type_)
        if is_list_type(type_):
            return f"[{', '.join(self.value(item, type_.of_type) for item in value)}]"
        if is_input_object_type(type_):
            kinds = type_.fields
            pairs = (f"{key}: {self.value(item, kinds[key].type)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        return literal(value, type_)

    def variable(self, value: Any, type_: Any) -> str:
        exact, shown = str(type_), json.dumps(value)
        if (exact, shown) in self.reusable and self.chance(60):
            return self.reusable[exact, shown]
        bare = get_nullable_type(type_)
        kind = self.below(4)
        if kind == 1 and value is not None:
            # The variable gets no value, so its default applies.
            return self.declare(str(bare), literal(value, bare))
        if kind == 2:
            # The variable gets a value, so its default does not apply, even if the value is null.
            name = self.declare(str(bare), literal(self.arguments.sample(bare), bare))
        elif kind == 3 and value is not None:
            name = self.declare(f"{bare}!")
        else:
            name = self.declare(exact)
        self.given[name[1:]] = value
        self.reusable.setdefault((exact, shown), name)
        return name


def _is_list(owner: Any, definition: GraphQLField) -> bool:
    """Return whether a field multiplies rows: a list or a connection. Lists inside a connection do not count."""
    named = get_named_type(definition.type)
    is_list = is_list_type(get_nullable_type(definition.type)) and not owner.name.endswith("Connection")
    return is_list or named.name.endswith("Connection")


def _likely_types(owner: str, name: str, arguments: Mapping[str, Any]) -> list[str]:
    """Return the types that an abstract field probably has, where the schema leaves them open."""
    ids = [arguments.get("id"), *(arguments.get("ids") or ())] if owner == "Query" else []
    named = [type_name for id in ids if id and (type_name := id.partition(":")[0]) in TABLES]
    if f"{owner}.{name}" == "Change.node":
        return [TYPES[table] for table in LOGGED]
    return named or [TYPES[table] for table in ONE_OF.get(f"{owner}.{name}", ())]


def literal(value: Any, type_: Any) -> str:
    """Return a value as a GraphQL literal."""
    type_ = get_nullable_type(type_)
    if value is None:
        return "null"
    if is_list_type(type_) and isinstance(value, list):
        return f"[{', '.join(literal(item, type_.of_type) for item in value)}]"
    if is_input_object_type(type_):
        return f"{{{', '.join(f'{key}: {literal(item, type_.fields[key].type)}' for key, item in value.items())}}}"
    if is_enum_type(type_):
        return value
    return print_string(value) if isinstance(value, str) else json.dumps(value)
