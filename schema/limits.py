"""The limits on operations: measured in time linear in the document, before it is validated, compiled or run.

Each fragment is measured once, however often it is spread. What depends on variables is kept as a polynomial in them,
so that a request with other values only evaluates it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import accumulate, islice
from math import prod
from typing import Any, Final, NamedTuple, NoReturn, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    type_from_ast,
)
from strawberry.types.field import StrawberryField

from schema.compile.compiler import DEFINITION
from schema.compile.page import DEFAULT, MOST
from schema.errors import ErrorCode, RequestError
from schema.operation_limits import Limits

# What a list without pages is taken to hold. Nothing bounds one, but most have fewer items: a claim's citations, a
# board's seats, an issue's positions.
PLAIN: Final = 5
# The schema's own lists are longer: it has 114 types, and its largest type has 31 fields.
INTROSPECTED: Final = 10

# In a field's metadata: what finding its value costs beside showing it, in values that take as long.
COST: Final = "convene.cost"

_ADVICE: Final = {"cost": "ask for fewer items (first) or fewer levels"}

# Strings, comments, numbers, names, punctuation. A string without an end takes the rest of its line, or of the text:
# the parser goes no further either, and nothing is read twice.
_TOKEN: Final = re.compile(
    r'"""(?:\\"""|"(?!"")|[^"])*+(?:""")?|"(?:\\.|[^"\\\n\r])*+"?|#[^\n\r]*+'
    r"|-?\d++(?:\.\d++)?+(?:[eE][+-]?\d++)?+|\w++|\.\.\.|[^\s,\ufeff]",
    re.ASCII,
)
_LEVELS: Final = {"{": 1, "[": 1, "(": 1, "}": -1, "]": -1, ")": -1}


def check_text(query: str, limits: Limits) -> None:
    """The text is short and flat enough to be parsed; raises `GraphQLError`. No more of it is read than is admitted."""
    _hold("characters", len(query), limits.max_characters)
    tokens = list(islice(_TOKEN.finditer(query), limits.max_tokens + 1))
    if len(tokens) > limits.max_tokens:
        _refuse("tokens", limits.max_tokens, f"{len(tokens)} in the first {tokens[-1].end()} characters")
    levels = accumulate(_LEVELS.get(token[0], 0) for token in tokens)
    _hold("brackets within brackets", max(levels, default=0), limits.max_nesting)


def check(
    tree: DocumentNode,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    limits: Limits,
    schema: GraphQLSchema,
) -> "Sizes":
    """The sizes of the operation, which keeps the limits as far as variables don't matter; raises `GraphQLError`.

    The document need not be valid. Its other operations must keep the limits too, since they are validated with it.
    """
    _hold("fragments", len(fragments), limits.max_fragments)
    measuring = _Measuring(fragments, limits, schema)
    for name in fragments:
        measuring.fragment(name, 0)
    sizes = {
        id(definition): measuring.operation(definition)
        for definition in tree.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
    _hold("aliases", measuring.aliases, limits.max_aliases)
    _hold("directives", measuring.directives, limits.max_directives)
    _hold("lists and inputs within each other", measuring.input_depth, limits.max_input_depth)
    for size in sizes.values():
        size.hold(limits)
    return Sizes(sizes[id(operation)], operation, measuring.places, limits, schema)


class Factor(NamedTuple):
    """The figure of a variable, or `absent` where the operation gives it no value."""

    variable: str
    absent: int


# A sum of products of factors: how often each product is in it. The empty product is 1.
Amount = Mapping[tuple[Factor, ...], int]

NONE: Final[Amount] = {}
ONE: Final[Amount] = {(): 1}


def _sum(amounts: Iterable[Amount]) -> Amount:
    total: dict[tuple[Factor, ...], int] = {}
    for amount in amounts:
        for product, times in amount.items():
            total[product] = total.get(product, 0) + times
    return total


def _times(amount: Amount, factors: Collection[Factor | int]) -> Amount:
    if not amount:
        return amount
    variables = tuple(factor for factor in factors if isinstance(factor, Factor))
    number = prod(factor for factor in factors if isinstance(factor, int))
    return {(*product, *variables): times * number for product, times in amount.items()}


class Size(NamedTuple):
    """How large a selection is with its fragments written out: `width` fields side by side, `fields` in all.

    The fields of a `pageInfo` stand beside those of its page. Where a field may show several types, `fields` has what
    is selected of it for each of them, as the statement does. `nesting` counts selection sets within each other,
    fragments' own among them; `cost` the values that the answer may hold, and `items` those in its arguments.
    """

    width: int = 0
    fields: int = 0
    depth: int = 0
    nesting: int = 0
    cost: Amount = NONE
    items: Amount = NONE

    def hold(self, limits: Limits) -> None:
        _hold("selections within selections", self.nesting, limits.max_nesting)
        _hold("depth", self.depth, limits.max_depth)
        _hold("root fields", self.width, limits.max_root_fields)
        _hold("fields", self.fields, limits.max_fields)


class Value(NamedTuple):
    """How large an input value is, and at which depths it has which variables."""

    items: int
    depth: int
    variables: list[tuple[str, int]]


def _measured(value: Any) -> Value:
    """The size of a literal or of a variable's value, which is as JSON gave it."""
    items, depth, variables, layer = 0, 0, list[tuple[str, int]](), [value]
    while layer:
        variables += [(part.name.value, depth) for part in layer if isinstance(part, VariableNode)]
        containers = [part for part in layer if isinstance(part, (list, dict, ListValueNode, ObjectValueNode))]
        layer = [child for container in containers for child in _children(container)]
        depth += bool(containers)
        items += len(layer)
    return Value(items, depth, variables)


def _children(container: Any) -> Iterable[Any]:
    match container:
        case ListValueNode():
            return container.values
        case ObjectValueNode():
            return [entry.value for entry in container.fields]
        case dict():
            return container.values()
        case _:
            return container


class _Measuring:
    """Measures the selections of one document, and counts what is written in it."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits, schema: GraphQLSchema) -> None:
        self._fragments = fragments
        self._limits = limits
        self._schema = schema
        self._known: dict[str, Size] = {}
        self.aliases = self.directives = self.input_depth = 0
        # How deep within a literal each variable stands.
        self.places: dict[str, int] = {}

    def operation(self, operation: OperationDefinitionNode) -> Size:
        nodes = (operation, *(operation.variable_definitions or ()))
        self.directives += sum(len(node.directives or ()) for node in nodes)
        return self._selection(operation.selection_set, self._schema.get_root_type(operation.operation), 0)

    def fragment(self, name: str, level: int) -> Size:
        """The size of a fragment: nothing where there is none, or within itself, both of which validation refuses."""
        definition = self._fragments.get(name)
        if definition is not None and name not in self._known:
            self._known[name] = Size()
            self.directives += len(definition.directives or ())
            parent = self._schema.get_type(definition.type_condition.name.value)
            self._known[name] = self._selection(definition.selection_set, parent, level)
        return self._known.get(name, Size())

    def _selection(
        self,
        selected: SelectionSetNode | None,
        parent: GraphQLNamedType | None,
        level: int,
        shown: GraphQLNamedType | None = None,
    ) -> Size:
        """The size of selections of `parent`; `shown` is given where they are a field's own, whose type it then is."""
        if selected is None:
            return Size()
        # Here and not at the end, for this method calls itself.
        _hold("selections within selections", level + 1, self._limits.max_nesting)
        sizes = [self._one(node, parent, level + 1) for node in selected.selections]
        types = [self._types(node, shown) for node in selected.selections]
        fields = sum(size.fields * number for size, number in zip(sizes, types, strict=True))
        # Beyond the limit only the number of fields matters, and the products could be as many.
        amounts = list(zip(sizes, types, strict=True)) if fields <= self._limits.max_fields else []
        return Size(
            sum(size.width for size in sizes),
            fields,
            max((size.depth for size in sizes), default=0),
            max((size.nesting for size in sizes), default=0) + 1,
            _sum(size.cost for size, _ in amounts),
            _sum(_times(size.items, [number]) for size, number in amounts),
        )

    def _types(self, node: Node, shown: GraphQLNamedType | None) -> int:
        """How many types a selection is compiled for, where a field may show several."""
        if not is_abstract_type(shown):
            return 1
        definition = self._fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else node
        condition: Any = getattr(definition, "type_condition", None)
        wanted = self._schema.get_type(condition.name.value) if condition else shown
        if not is_abstract_type(wanted):
            return 1
        return sum(self._schema.is_sub_type(wanted, type_) for type_ in self._schema.get_possible_types(shown))

    def _one(self, node: Node, parent: GraphQLNamedType | None, level: int) -> Size:
        match node:
            case FieldNode():
                self.directives += len(node.directives or ())
                return self._field(node, parent, level)
            case InlineFragmentNode():
                self.directives += len(node.directives or ())
                condition = node.type_condition
                type_ = self._schema.get_type(condition.name.value) if condition else parent
                return self._selection(node.selection_set, type_, level)
            case FragmentSpreadNode():
                self.directives += len(node.directives or ())
                return self.fragment(node.name.value, level)
            case _:
                return Size()

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, level: int) -> Size:
        self.aliases += node.alias is not None
        name = node.name.value
        definition = self._schema.get_field(parent, name) if is_composite_type(parent) else None
        shown = definition and get_named_type(definition.type)
        inner = self._selection(node.selection_set, shown, level, shown)
        arguments: dict[str, Node] = {argument.name.value: argument.value for argument in node.arguments or ()}
        many = _many(name, definition, parent, arguments) if definition and node.selection_set else []
        given = _sum(map(self._argument, arguments.values()))
        # Each part of a page is a subquery of its own, and all that narrows the list is in each of them.
        parts = max(inner.width, 1) if _is_connection(shown) else 1
        return Size(
            inner.width if name == "pageInfo" else 1,
            inner.fields + 1,
            inner.depth + 1,
            inner.nesting,
            _sum([ONE, _own(definition), _times(inner.cost, many)]),
            _sum([inner.items, _times(given, [parts])]),
        )

    def _argument(self, literal: Node) -> Amount:
        value = _measured(literal)
        self.input_depth = max(self.input_depth, value.depth)
        for name, depth in value.variables:
            self.places[name] = max(self.places.get(name, 0), depth)
        return _sum([{(): value.items}, *({(Factor(name, 0),): 1} for name, _ in value.variables)])


def _many(
    name: str, definition: GraphQLField, parent: GraphQLNamedType | None, arguments: Mapping[str, Node]
) -> list[Factor | int]:
    """The factors of how often what is selected within a field may be in the answer."""
    if _is_connection(get_named_type(definition.type)):
        sizes = [_factor(arguments[size], DEFAULT) for size in ("first", "last") if size in arguments]
        return sizes[-1:] or [DEFAULT]
    if not is_list_type(get_nullable_type(definition.type)):
        return []
    if _is_connection(parent):
        return [] if name in ("nodes", "edges") else [PLAIN]
    if parent is not None and parent.name.startswith("__"):
        return [INTROSPECTED]
    # Such a list has an item for each of the ids or keys that it was asked for.
    lists = (key for key, argument in definition.args.items() if _is_list_of_leaves(argument.type))
    return [_factor(arguments[key], PLAIN) for key in lists if key in arguments] or [PLAIN]


def _own(definition: GraphQLField | None) -> Amount:
    """What a field that isn't compiled declares to cost."""
    declared: StrawberryField | None = definition and definition.extensions.get(DEFINITION)
    return {(): declared.metadata[COST]} if declared and COST in declared.metadata else NONE


def _is_connection(type_: GraphQLNamedType | None) -> bool:
    return is_object_type(type_) and "pageInfo" in type_.fields


def _is_list_of_leaves(type_: Any) -> bool:
    return is_list_type(get_nullable_type(type_)) and is_leaf_type(get_named_type(type_))


def _factor(literal: Node, absent: int) -> Factor | int:
    if isinstance(literal, VariableNode):
        return Factor(literal.name.value, absent)
    return _figure(literal, absent)


def _figure(value: Any, absent: int) -> int:
    """The page size that a value says, as far as one is admitted, or its length."""
    match value:
        case int() | float() if not isinstance(value, bool):
            return min(max(int(value), 0), MOST)
        case IntValueNode():
            # Python refuses to read numbers of more than 4,300 digits.
            return _figure(int(value.value[:9]), absent)
        case list():
            return len(cast("list[Any]", value))
        case ListValueNode():
            return len(value.values)
        case _:
            return absent


class Sizes:
    """The sizes of an operation that depend on its variables; those that don't have been checked."""

    def __init__(
        self,
        size: Size,
        operation: OperationDefinitionNode,
        places: Mapping[str, int],
        limits: Limits,
        schema: GraphQLSchema,
    ) -> None:
        self._limits = limits
        self._places = places
        defined = {node.variable.name.value: node for node in operation.variable_definitions or ()}
        self._defaults = {name: node.default_value for name, node in defined.items()}
        kinds: dict[str, Any] = {name: type_from_ast(schema, node.type) for name, node in defined.items()}
        # A variable of a scalar type is one value, wherever it stands.
        items = {
            product: times
            for product, times in size.items.items()
            if not any(is_leaf_type(get_nullable_type(kinds.get(factor.variable))) for factor in product)
        }
        self._items = self._moving("items in arguments", items, limits.max_items)
        self._cost = self._moving("cost", size.cost, limits.max_cost)

    def check(self, variables: Mapping[str, Any]) -> None:
        """The operation keeps the limits with these variables, as JSON gave them; raises `GraphQLError`."""
        if self._items:
            values = {
                factor: _measured(self._given(factor, variables)) for product in self._items for factor in product
            }
            for factor, value in values.items():
                depth = value.depth + self._places.get(factor.variable, 0)
                _hold("lists and inputs within each other", depth, self._limits.max_input_depth)
            items = _evaluated(self._items, lambda factor: values[factor].items)
            _hold("items in arguments", items, self._limits.max_items)
        if self._cost:
            cost = _evaluated(self._cost, lambda factor: _figure(self._given(factor, variables), factor.absent))
            _hold("cost", cost, self._limits.max_cost)

    def _given(self, factor: Factor, variables: Mapping[str, Any]) -> Any:
        return variables.get(factor.variable, self._defaults.get(factor.variable))

    @staticmethod
    def _moving(name: str, amount: Amount, limit: int) -> Amount:
        """The amount, or nothing where it keeps the limit whatever the variables are."""
        if any(amount):
            return amount
        _hold(name, amount.get((), 0), limit)
        return {}


def _evaluated(amount: Amount, figure: Callable[[Factor], int]) -> int:
    return sum(times * prod(map(figure, product)) for product, times in amount.items())


def _hold(name: str, figure: int, limit: int) -> None:
    if figure > limit:
        _refuse(name, limit, str(figure))


def _refuse(name: str, limit: int, figure: str) -> NoReturn:
    advice = f": {_ADVICE[name]}" if name in _ADVICE else ""
    raise RequestError(f"{name} must be at most {limit}, got {figure}{advice}", ErrorCode.LIMIT_EXCEEDED)
