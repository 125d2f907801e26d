"""Checks operations against their limits before validation.

Sizes that depend on variables become polynomials in them, so a request with other values only evaluates those.
"""

import re
from collections.abc import Mapping
from itertools import accumulate, islice
from typing import Any, Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    get_nullable_type,
    is_leaf_type,
    type_from_ast,
)

from schema.amount import Amount, Factor, evaluate
from schema.measure import Measuring, Size, figure, hold, measure, refuse
from schema.operation_limits import Limits

# Strings, comments, numbers, names, punctuation. A string without an end takes the rest of its line, or of the text, as
# in the parser, so that matching stays linear.
_TOKEN: Final = re.compile(
    r'"""(?:\\"""|"(?!"")|[^"])*+(?:""")?|"(?:\\.|[^"\\\n\r])*+"?|#[^\n\r]*+'
    r"|-?\d++(?:\.\d++)?+(?:[eE][+-]?\d++)?+|\w++|\.\.\.|[^\s,\ufeff]",
    re.ASCII,
)
_LEVELS: Final = {"{": 1, "[": 1, "(": 1, "}": -1, "]": -1, ")": -1}


def check_text(query: str, limits: Limits) -> None:
    """Raises `GraphQLError` if the text is too long or too deeply nested to parse; stops reading at the first limit."""
    hold("characters", len(query), limits.max_characters)
    tokens = list(islice(_TOKEN.finditer(query), limits.max_tokens + 1))
    if len(tokens) > limits.max_tokens:
        refuse("tokens", limits.max_tokens, f"{len(tokens)} in the first {tokens[-1].end()} characters")
    levels = accumulate(_LEVELS.get(token[0], 0) for token in tokens)
    hold("nested brackets", max(levels, default=0), limits.max_nesting)


def check(
    tree: DocumentNode,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    limits: Limits,
    schema: GraphQLSchema,
) -> "Sizes":
    """The sizes of the operation. Raises `GraphQLError` if it exceeds a limit with any variables.

    The document need not be valid. The limits apply to its other operations too, because validation reads them.
    """
    hold("fragments", len(fragments), limits.max_fragments)
    measuring = Measuring(fragments, limits, schema)
    for name in fragments:
        measuring.fragment(name, 0)
    sizes = {
        id(definition): measuring.operation(definition)
        for definition in tree.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
    hold("aliases", measuring.aliases, limits.max_aliases)
    hold("directives", measuring.directives, limits.max_directives)
    hold("levels of lists and inputs", measuring.input_depth, limits.max_input_depth)
    for size in sizes.values():
        size.hold(limits)
    return Sizes(sizes[id(operation)], operation, measuring.places, limits, schema)


class Sizes:
    """The sizes of an operation that depend on its variables. `check` in this module has checked the others."""

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
        # A variable of a scalar type is always one value.
        items = {
            product: times
            for product, times in size.items.items()
            if not any(is_leaf_type(get_nullable_type(kinds.get(factor.variable))) for factor in product)
        }
        self._items = self._moving("items in arguments", items, limits.max_items)
        self._cost = self._moving("cost points", size.cost, limits.max_cost)

    def check(self, variables: Mapping[str, Any]) -> None:
        """Raises `GraphQLError` if the operation exceeds a limit with these JSON variables."""
        if self._items:
            values = {factor: measure(self._given(factor, variables)) for product in self._items for factor in product}
            for factor, value in values.items():
                depth = value.depth + self._places.get(factor.variable, 0)
                hold("levels of lists and inputs", depth, self._limits.max_input_depth)
            items = evaluate(self._items, lambda factor: values[factor].items)
            hold("items in arguments", items, self._limits.max_items)
        if self._cost:
            cost = evaluate(self._cost, lambda factor: figure(self._given(factor, variables), factor.absent))
            hold("cost points", cost, self._limits.max_cost)

    def _given(self, factor: Factor, variables: Mapping[str, Any]) -> Any:
        return variables.get(factor.variable, self._defaults.get(factor.variable))

    @staticmethod
    def _moving(name: str, amount: Amount, limit: int) -> Amount:
        """The amount if it depends on variables. Otherwise checks it now and returns an empty amount."""
        if any(amount):
            return amount
        hold(name, amount.get((), 0), limit)
        return {}
