"""Plans: compiled statements, and how to fill their parameters."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from graphql import FragmentDefinitionNode, OperationDefinitionNode
from graphql.execution.values import VariableValues
from sqlalchemy import Dialect

from db.sql.types import bind_processor
from schema.compile.compiler import Compiler, Graph
from schema.compile.source import TODAY

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Plan:
    """An SQL text with the driver's placeholders, and how to fill them from an operation's variables."""

    def __init__(self, compiler: Compiler, text: str, dialect: Dialect) -> None:
        self.sql, names = _place_parameters(text.replace(TODAY, "CURRENT_DATE"), numbered=dialect.name == "postgresql")
        self._constants = compiler.values
        self._moving = [arguments for arguments in compiler.bound_arguments if arguments.is_moving]
        self._order = [(name, bind_processor(compiler.kinds[name], dialect)) for name in names]

    def parameters(self, variables: VariableValues, given: Mapping[str, Any] = NOTHING) -> list[Any]:
        """The statement's parameters in order; raises `GraphQLError` for bad arguments.

        `given` has the values of the parameters that no argument fills.
        """
        values = {**self._constants, **given} if given else self._constants
        if self._moving:
            values = dict(values)
            for arguments in self._moving:
                arguments.rebind(variables, values.__setitem__)
        return [values[name] if process is None else process(values[name]) for name, process in self._order]


def plan(
    graph: Graph,
    dialect: Dialect,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: VariableValues,
    statement: Callable[[Compiler], str],
) -> Plan:
    """The plan of the statement that `statement` writes; raises `Unplannable`, and `GraphQLError` for bad arguments."""
    compiler = Compiler(graph, dialect, operation, fragments, variables)
    return Plan(compiler, statement(compiler), dialect)


def _place_parameters(text: str, *, numbered: bool) -> tuple[str, list[str]]:
    """The text with the driver's placeholders instead of marked names, and the names in parameter order."""
    names: list[str] = []

    def placeholder(mark: re.Match[str]) -> str:
        if not numbered or mark[1] not in names:
            names.append(mark[1])
        return f"${names.index(mark[1]) + 1}" if numbered else "?"

    return re.sub("\0(.*?)\0", placeholder, text), names
