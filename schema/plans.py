"""Plans of operations and fields, each compiled once and reused by all operations of the same shape."""

from collections.abc import Callable, Hashable
from typing import Any, Final, NamedTuple

from graphql.execution.values import VariableValues
from sqlalchemy import Dialect

from schema.cache import Cache
from schema.compile.arguments import shape
from schema.compile.compiler import Compiler, Graph, Unplannable
from schema.compile.plan import Plan, plan
from schema.documents import Document
from schema.operation import Caller

# A plan takes little more memory than its SQL, which takes one byte per character.
COUNT: Final = 1000
CHARACTERS: Final = 20_000_000


class Execution(NamedTuple):
    """A document with the coerced values of its variables, and its caller: all that an operation runs with.

    Executions with the same `key` have the same plans.
    """

    document: Document
    variables: VariableValues
    caller: Caller
    key: Hashable

    @classmethod
    def of(cls, document: Document, given: dict[str, Any] | None, caller: Caller) -> "Execution":
        """Raises one of `REFUSALS` for bad variables."""
        variables = document.coerce(given or {})
        return cls(document, variables, caller, (document.number, shape(variables.coerced), caller.sees))


class Plans:
    """Compiles for one database. `kept` holds the most recently used plans."""

    def __init__(self, graph: Graph, dialect: Dialect) -> None:
        self.graph = graph
        self._dialect = dialect
        self.kept: Cache[Hashable, Plan | Unplannable] = Cache(COUNT, CHARACTERS, _length)

    def find(self, execution: Execution) -> Plan | None:
        """The plan of a whole query, None if some field of it has no plan; raises `GraphQLError` for bad arguments."""
        found = self._find(execution, None, Compiler.operation)
        return found if isinstance(found, Plan) else None

    def get(self, execution: Execution, place: Hashable, statement: Callable[[Compiler], str]) -> Plan:
        """The plan of the field at a place of the operation; raises `Unplannable`, `GraphQLError` for bad arguments.

        `place` is a cache key of everything else that `statement` depends on.
        """
        found = self._find(execution, place, statement)
        if isinstance(found, Unplannable):
            # Raise a new error: the cached one would collect the frames of each raise.
            raise Unplannable(*found.args)
        return found

    def _find(self, execution: Execution, place: Hashable, statement: Callable[[Compiler], str]) -> Plan | Unplannable:
        key = execution.key, place
        return self.kept.get(key) or self.kept.put(key, self._make(execution, statement))

    def _make(self, execution: Execution, statement: Callable[[Compiler], str]) -> Plan | Unplannable:
        document = execution.document
        try:
            return plan(
                self.graph, self._dialect, document.operation, document.fragments, execution.variables, statement
            )
        except Unplannable as unplannable:
            return unplannable.with_traceback(None)


def _length(found: Plan | Unplannable) -> int:
    return len(found.sql) if isinstance(found, Plan) else 0
