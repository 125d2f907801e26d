"""Documents: parsed, checked against the limits and validated once, and cached for later requests."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)
from graphql.execution.values import VariableValues
from graphql.utilities import get_operation_ast

from schema.cache import Cache
from schema.errors import REFUSALS, ErrorCode, RequestError, RequestErrors
from schema.limits import Sizes, check, check_text
from schema.operation import Operation
from schema.operation_limits import Limits
from schema.variables import Variables

# A parsed document takes about 100 bytes of memory for each of its characters.
COUNT: Final = 1000
CHARACTERS: Final = 500_000


@dataclass(frozen=True, eq=False, slots=True)
class Document:
    """A valid document with the operation in it that runs."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    sizes: Sizes
    variables: Variables
    kind: str
    length: int
    # The cache of plans uses this number as a key, so that it does not keep old documents alive.
    number: int = field(default_factory=count().__next__)

    def coerce(self, given: dict[str, Any]) -> VariableValues:
        """The values of the document's variables; raises `RequestErrors`, or `GraphQLError` beyond a limit."""
        self.sizes.check(given)
        coerced = self.variables.coerce(given)
        if isinstance(coerced, list):
            raise RequestErrors(coerced, ErrorCode.BAD_USER_INPUT)
        return coerced


class Documents:
    """Reads documents of one schema. `kept` holds the most recently used ones."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self.limits = limits
        self._schema = schema
        self.kept: Cache[tuple[str, str | None], Document] = Cache(COUNT, CHARACTERS, lambda document: document.length)

    def read(self, operation: Operation) -> Document:
        """The operation's document; raises one of `REFUSALS` if it cannot run."""
        key = operation.query, operation.operation_name
        return self.kept.get(key) or self.kept.put(key, self._read(operation))

    def is_valid(self, operation: Operation) -> bool:
        """Whether the operation can run, given good variables."""
        try:
            self.read(operation)
        except REFUSALS:
            return False
        return True

    def _read(self, operation: Operation) -> Document:
        check_text(operation.query, self.limits)
        tree = parse(operation.query, max_tokens=self.limits.max_tokens)
        selected = _select(tree, operation.operation_name)
        fragments = {node.name.value: node for node in tree.definitions if isinstance(node, FragmentDefinitionNode)}
        # Check the limits first: the time for validation grows with the square of some sizes.
        sizes = check(tree, selected, fragments, self.limits, self._schema)
        if errors := validate(self._schema, tree):
            raise RequestErrors(errors, ErrorCode.GRAPHQL_VALIDATION_FAILED)
        variables = Variables(self._schema, selected.variable_definitions or ())
        return Document(selected, fragments, sizes, variables, selected.operation.value, len(operation.query))


def _select(tree: DocumentNode, name: str | None) -> OperationDefinitionNode:
    selected = get_operation_ast(tree, name)
    if selected is not None:
        return selected
    names = [node.name.value for node in tree.definitions if isinstance(node, OperationDefinitionNode) and node.name]
    raise RequestError(
        f"expected operationName to be one of the document's operations ({', '.join(names) or 'it names none'}),"
        f" got {name!r}",
        ErrorCode.OPERATION_RESOLUTION_FAILURE,
    )
