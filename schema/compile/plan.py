"""Plans: compiled statements with what fills their parameters, kept for the next request of the same shape."""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

from graphql import FragmentDefinitionNode, OperationDefinitionNode, visit
from graphql.execution.values import VariableValues
from graphql.language import VariableNode, Visitor
from sqlalchemy import Dialect

from schema.compile.compiler import Argued, Compiler, Graph, bound
from schema.compile.source import TODAY

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Plan:
    """An SQL text in the driver's own style, and how to fill its parameters from an operation's variables."""

    def __init__(self, compiler: Compiler, text: str, dialect: Dialect) -> None:
        self.sql, names = _placed(text.replace(TODAY, "CURRENT_DATE"), numbered=dialect.name == "postgresql")
        self._graph = compiler.graph
        self._constants = compiler.values
        self._moving = [field for field in compiler.argued if _has_variable(field)]
        self._order = [(name, _processor(compiler.kinds[name], dialect)) for name in names]

    def parameters(self, variables: VariableValues) -> list[Any]:
        """The statement's parameters in order; raises `GraphQLError` for bad arguments."""
        values = self._constants
        if self._moving:
            values = dict(values)
            for argued in self._moving:
                bound(self._graph, argued, variables, values.__setitem__)
        return [values[name] if process is None else process(values[name]) for name, process in self._order]


def plan(
    graph: Graph,
    dialect: Dialect,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: VariableValues,
    statement: Callable[[Compiler], str],
) -> Plan:
    """The plan of what `statement` compiles; raises `Unplannable`, and `GraphQLError` for bad arguments."""
    compiler = Compiler(graph, dialect, operation, fragments, variables)
    return Plan(compiler, statement(compiler), dialect)


def _placed(text: str, *, numbered: bool) -> tuple[str, list[str]]:
    """The text with a driver's placeholders for its marked names, and the names in the order of the parameters."""
    names: list[str] = []

    def placeholder(mark: re.Match[str]) -> str:
        if not numbered or mark[1] not in names:
            names.append(mark[1])
        return f"${names.index(mark[1]) + 1}" if numbered else "?"

    return re.sub("\0(.*?)\0", placeholder, text), names


class Cache(Generic[K, V]):
    """The `size` most recently used values."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> V:
        self._values[key] = value
        if len(self._values) > self._size:
            self._values.popitem(last=False)
        return value

    def __len__(self) -> int:
        return len(self._values)


def _processor(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _has_variable(argued: Argued) -> bool:
    found = _Variables()
    for argument in argued.field.details[0].node.arguments or ():
        visit(argument, found)
    return found.any


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.any = False

    def enter_variable(self, _node: VariableNode, *_: Any) -> None:
        self.any = True
