"""Measures how large an operation is, in time linear in the length of its document.

Each fragment is measured once, even if the document spreads it several times.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, NoReturn, cast

from graphql import (
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
)
from strawberry.types.field import StrawberryField

from schema.amount import NONE, ONE, Amount, Factor, add, multiply
from schema.compile.field import DEFINITION
from schema.compile.page import DEFAULT, MOST
from schema.errors import ErrorCode, RequestError
from schema.operation_limits import Limits

# The assumed length of a list without pages. Nothing limits its length, but most lists are shorter: the citations of a
# claim, the seats of a board, the positions on an issue.
PLAIN: Final = 5
# The assumed length of a list in introspection: the schema has 114 types, and its largest type has 31 fields.
INTROSPECTED: Final = 10

# The key in a field's metadata for the cost of computing it, in the number of values that take as long to show.
COST: Final = "convene.cost"

_ADVICE: Final = {"cost points": "ask for fewer items (first) or fewer levels"}


class Size(NamedTuple):
    """The size of a selection after its fragments are expanded.

    `width` counts the fields of its top level and `fields` those of all levels. The width of a page includes the fields
    of its `pageInfo`. `fields` counts the selection of an abstract field once for each possible type, because the
    SQL statement contains one copy for each. `nesting` counts nested selection sets, including those of fragments.
    `cost` counts the values that the answer may hold, and `items` the values in arguments.
    """

    width: int = 0
    fields: int = 0
    depth: int = 0
    nesting: int = 0
    cost: Amount = NONE
    items: Amount = NONE

    def hold(self, limits: Limits) -> None:
        hold("nested selections", self.nesting, limits.max_nesting)
        hold("levels of fields", self.depth, limits.max_depth)
        hold("root fields", self.width, limits.max_root_fields)
        hold("fields", self.fields, limits.max_fields)


class Value(NamedTuple):
    """The size of an input value, and the variables in it with their depths."""

    items: int
    depth: int
    variables: list[tuple[str, int]]


def measure(value: Any) -> Value:
    """The size of a literal, or of the JSON value of a variable."""
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


class Measuring:
    """Measures the selections of one document, and counts its aliases and directives."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits, schema: GraphQLSchema) -> None:
        self._fragments = fragments
        self._limits = limits
        self._schema = schema
        self._known: dict[str, Size] = {}
        self.aliases = self.directives = self.input_depth = 0
        # The depth of each variable within a literal.
        self.places: dict[str, int] = {}

    def operation(self, operation: OperationDefinitionNode) -> Size:
        nodes = (operation, *(operation.variable_definitions or ()))
        self.directives += sum(len(node.directives or ()) for node in nodes)
        return self._selection(operation.selection_set, self._schema.get_root_type(operation.operation), 0)

    def fragment(self, name: str, level: int) -> Size:
        """The size of a fragment. An unknown or recursive one counts as empty, since validation refuses it later."""
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
        """The size of a selection set of `parent`. `shown` is the field's type if it belongs directly to a field."""
        if selected is None:
            return Size()
        # Check before the recursion, which could exceed Python's stack.
        hold("nested selections", level + 1, self._limits.max_nesting)
        sizes = [self._one(node, parent, level + 1) for node in selected.selections]
        types = [self._types(node, shown) for node in selected.selections]
        fields = sum(size.fields * number for size, number in zip(sizes, types, strict=True))
        # The number of products can grow with that of fields, so skip them if there are too many fields anyway.
        amounts = list(zip(sizes, types, strict=True)) if fields <= self._limits.max_fields else []
        return Size(
            sum(size.width for size in sizes),
            fields,
            max((size.depth for size in sizes), default=0),
            max((size.nesting for size in sizes), default=0) + 1,
            add(size.cost for size, _ in amounts),
            add(multiply(size.items, [number]) for size, number in amounts),
        )

    def _types(self, node: Node, shown: GraphQLNamedType | None) -> int:
        """The number of types that a selection is compiled for; more than one only in an abstract field."""
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
        given = add(map(self._argument, arguments.values()))
        # Each selected field of a page, such as `nodes`, is its own subquery, which repeats the list's arguments.
        parts = max(inner.width, 1) if _is_connection(shown) else 1
        return Size(
            inner.width if name == "pageInfo" else 1,
            inner.fields + 1,
            inner.depth + 1,
            inner.nesting,
            add([ONE, _own(definition), multiply(inner.cost, many)]),
            add([inner.items, multiply(given, [parts])]),
        )

    def _argument(self, literal: Node) -> Amount:
        value = measure(literal)
        self.input_depth = max(self.input_depth, value.depth)
        for name, depth in value.variables:
            self.places[name] = max(self.places.get(name, 0), depth)
        return add([{(): value.items}, *({(Factor(name, 0),): 1} for name, _ in value.variables)])


def _many(
    name: str, definition: GraphQLField, parent: GraphQLNamedType | None, arguments: Mapping[str, Node]
) -> list[Factor | int]:
    """The factors of how often the answer may contain the selection of a field."""
    if _is_connection(get_named_type(definition.type)):
        sizes = [_factor(arguments[size], DEFAULT) for size in ("first", "last") if size in arguments]
        return sizes[-1:] or [DEFAULT]
    if not is_list_type(get_nullable_type(definition.type)):
        return []
    if _is_connection(parent):
        return [] if name in ("nodes", "edges") else [PLAIN]
    if parent is not None and parent.name.startswith("__"):
        return [INTROSPECTED]
    # A list field with a list argument, such as ids or keys, has one item for each of them.
    lists = (key for key, argument in definition.args.items() if _is_list_of_leaves(argument.type))
    return [_factor(arguments[key], PLAIN) for key in lists if key in arguments] or [PLAIN]


def _own(definition: GraphQLField | None) -> Amount:
    """The cost that a field without a plan declares."""
    declared: StrawberryField | None = definition and definition.extensions.get(DEFINITION)
    return {(): declared.metadata[COST]} if declared and COST in declared.metadata else NONE


def _is_connection(type_: GraphQLNamedType | None) -> bool:
    return is_object_type(type_) and "pageInfo" in type_.fields


def _is_list_of_leaves(type_: Any) -> bool:
    return is_list_type(get_nullable_type(type_)) and is_leaf_type(get_named_type(type_))


def _factor(literal: Node, absent: int) -> Factor | int:
    if isinstance(literal, VariableNode):
        return Factor(literal.name.value, absent)
    return figure(literal, absent)


def figure(value: Any, absent: int) -> int:
    """The page size that a value gives, up to the largest page, or the length of a list."""
    match value:
        case int() | float() if not isinstance(value, bool):
            return min(max(int(value), 0), MOST)
        case IntValueNode():
            # Python raises an error for numbers of more than 4,300 digits.
            return figure(int(value.value[:9]), absent)
        case list():
            return len(cast("list[Any]", value))
        case ListValueNode():
            return len(value.values)
        case _:
            return absent


def hold(name: str, figure: int, limit: int) -> None:
    if figure > limit:
        refuse(name, limit, str(figure))


def refuse(name: str, limit: int, figure: str) -> NoReturn:
    advice = f": {_ADVICE[name]}" if name in _ADVICE else ""
    raise RequestError(f"expected at most {limit} {name}, got {figure}{advice}", ErrorCode.LIMIT_EXCEEDED)
