"""The path of an operation: from a document to a plan, and from the plan to the bytes of its answer.

One statement answers a query if all its fields compile. Other operations run field by field in graphql-core's executor,
where one statement answers each field that compiles.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson
import strawberry
import structlog
from graphql import ExecutionResult, FieldNode, GraphQLError, OperationType
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import get_argument_values

from db.connections.engine import Database
from db.connections.sessions import WriteSession
from db.connections.transient_errors import in_one_line, is_unavailable
from db.models import Base
from db.values.reference import Reference
from schema.answer import UNKNOWN, Answer, Outcome, refuse
from schema.build import build
from schema.compile.compiler import Graph, Unplannable
from schema.compile.plan import NOTHING, Plan
from schema.compile.source import ROW
from schema.documents import Documents
from schema.errors import (
    REFUSALS,
    CommitInDoubt,
    ErrorCode,
    FormattedError,
    RequestError,
    format_error,
    internal_error,
    unavailable_error,
)
from schema.execution import Compiled, execute
from schema.operation import Caller, Operation
from schema.operation_limits import Limits
from schema.plans import Execution, Plans
from schema.subscription import Wanted, only_field, read_wanted

__all__ = ["SUBSCRIPTION", "UNKNOWN", "Answer", "Caller", "Operation", "Outcome", "Service", "Subscribed", "refuse"]

log = structlog.get_logger()

QUERY: Final = OperationType.QUERY.value
SUBSCRIPTION: Final = OperationType.SUBSCRIPTION.value
_ELSEWHERE: Final = (
    "expected a query or a mutation, got a subscription: open a WebSocket (graphql-transport-ws) at this address, or"
    " request server-sent events at /graphql/stream"
)


class Service:
    """Answers GraphQL operations from one database.

    `on_commit` is called after each mutation that commits; it must return at once.
    """

    def __init__(
        self, database: Database, on_commit: Callable[[], None] = lambda: None, limits: Limits | None = None
    ) -> None:
        self.database = database
        self.on_commit = on_commit
        self.schema = build()
        graph = Graph(self.schema)
        self.documents = Documents(graph.core, limits or Limits())
        self.plans = Plans(graph, database.dialect)

    @property
    def sdl(self) -> str:
        return self.schema.as_str()

    def warm(self) -> None:
        """Compiles a query, so that the first request is as fast as the next ones."""
        operation = Operation("{ organizations(first: 1) { nodes { id metrics { value { value } } } } }")
        self.plans.find(Execution.of(self.documents.read(operation), None, Caller()))

    def is_valid(self, operation: Operation) -> bool:
        """Whether the operation can run, given good variables."""
        return self.documents.is_valid(operation)

    async def answer(self, operation: Operation, caller: Caller, *, read_only: bool = False) -> Answer:
        """The response to an operation. No operation makes it raise; `read_only` refuses all but queries.

        Raises `Busy` and the driver's errors if the database cannot be read.
        """
        kind = UNKNOWN
        try:
            document = self.documents.read(operation)
            kind = document.kind
            if kind == SUBSCRIPTION:
                raise RequestError(_ELSEWHERE, ErrorCode.BAD_REQUEST)
            if read_only and kind != QUERY:
                return _refuse_write(kind)
            execution = Execution.of(document, operation.variables, caller)
            if kind == QUERY and (planned := self.plans.find(execution)):
                return Answer(await self.fetch(planned, execution), kind=kind)
        except REFUSALS as error:
            return refuse(error, kind)
        return await self._execute(execution)

    async def fetch(
        self,
        planned: Plan,
        execution: Execution,
        given: Mapping[str, Any] = NOTHING,
        session: WriteSession | None = None,
    ) -> bytes:
        """The bytes that a plan's statement gives, within the session if there is one.

        Raises `GraphQLError` for bad arguments.
        """
        parameters = planned.parameters(execution.variables, given)
        if session is None:
            return await self.database.fetch_bytes(planned.sql, parameters)
        driver = await session.driver()
        ((row,),) = await driver.fetch((planned.sql, parameters))
        return row[0]

    async def _execute(self, execution: Execution) -> Answer:
        kind, caller = execution.document.kind, execution.caller
        result = await execute(self.plans.graph.core, execution, Context(self, execution))
        if not result.errors:
            return Answer(orjson.dumps({"data": result.data}), kind=kind)
        errors = [_format_field_error(error, caller) for error in result.errors]
        outcome = Outcome.UNAVAILABLE if _is_unavailable(result, execution) else Outcome.ERRORS
        return Answer(orjson.dumps({"data": result.data, "errors": errors}), outcome, kind)

    def subscription(self, operation: Operation, caller: Caller) -> "Subscribed | Answer | None":
        """The planned subscription, the refusal of a bad one, or None for another kind of operation."""
        kind = UNKNOWN
        try:
            document = self.documents.read(operation)
            kind = document.kind
            if kind != SUBSCRIPTION:
                return None
            return self._subscribe(Execution.of(document, operation.variables, caller))
        except REFUSALS as error:
            return refuse(error, kind)

    def _subscribe(self, execution: Execution) -> "Subscribed":
        document, variables, schema = execution.document, execution.variables, self.plans.graph.core
        owner: Any = schema.subscription_type
        name, details = only_field(schema, owner, document.operation, document.fragments, variables)
        node = details[0].node
        which = read_wanted(get_argument_values(owner.fields[node.name.value], node, variables))
        try:
            planned = self.plans.get(execution, name, lambda compiler: compiler.root_field(owner, details))
        except Unplannable as unplannable:
            raise GraphQLError(f"expected a field with a plan, got {unplannable}") from None
        # Bad arguments refuse the subscription now instead of its first event.
        planned.parameters(variables, {ROW: 0})
        return Subscribed(name, which, planned, execution)

    async def event(self, subscribed: "Subscribed", number: int) -> bytes | None:
        """The response that shows the row with this number, None if the row is gone."""
        body = await self.fetch(subscribed.plan, subscribed.execution, {ROW: number})
        return None if body == b"null" else b'{"data":{"%b":%b}}' % (subscribed.name.encode(), body)


class Subscribed(NamedTuple):
    """A subscription with the plan of its events. `name` is its field's name in the response."""

    name: str
    wanted: Wanted
    plan: Plan
    execution: Execution


@dataclass(frozen=True)
class Context:
    """The context of resolvers. Each of its methods answers a field by one statement, whose plan is kept."""

    service: Service
    execution: Execution

    @property
    def caller(self) -> Caller:
        return self.execution.caller

    async def read(self, info: strawberry.Info) -> Compiled:
        """The value of a root field that compiles."""
        owner, details, path = _field_of(info)
        planned = self.service.plans.get(self.execution, path, lambda compiler: compiler.root_field(owner, details))
        return await self._fetch(planned)

    async def node(self, info: strawberry.Info, id: Reference) -> Compiled:
        """The row that `id` refers to, as the field's selection shows it; null if there is none."""
        owner, details, path = _field_of(info)
        planned = self.service.plans.get(
            self.execution, (path, id.type_name), lambda compiler: compiler.node(id.type_name, owner, details)
        )
        return await self._fetch(planned, {ROW: id.id})

    async def payload(
        self, info: strawberry.Info, type_name: str, model: type[Base], id: int, session: WriteSession
    ) -> Compiled:
        """The row of `model` with this id, as the field's selection of `type_name` shows it within the session.

        The row and all that it shows must be flushed.
        """
        _, details, path = _field_of(info)
        planned = self.service.plans.get(
            self.execution, (path, type_name, model), lambda compiler: compiler.payload(type_name, model, details)
        )
        return await self._fetch(planned, {ROW: id}, session)

    async def _fetch(
        self, planned: Plan, given: Mapping[str, Any] = NOTHING, session: WriteSession | None = None
    ) -> Compiled:
        body = await self.service.fetch(planned, self.execution, given, session)
        # The executor must see a null; any other value goes into the response without being read.
        return Compiled(None if body == b"null" else orjson.Fragment(body))


def _field_of(info: strawberry.Info) -> tuple[Any, list[FieldDetails], Hashable]:
    """The type that a resolver's field belongs to, its nodes, and its path in the response."""
    raw = info._raw_info  # pyright: ignore[reportPrivateUsage]
    return raw.parent_type, [FieldDetails(node, None) for node in raw.field_nodes], raw.path


def _refuse_write(kind: str) -> Answer:
    error = RequestError(f"expected a query, got a {kind}: send it by POST", ErrorCode.METHOD_NOT_ALLOWED)
    return refuse(error, kind, Outcome.WRITE)


def _format_field_error(error: GraphQLError, caller: Caller) -> FormattedError:
    """The error of a field as the client sees it: failures of our own code are masked and logged."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return format_error(error)
    if isinstance(cause, CommitInDoubt):
        log.warning("commit in doubt", request_id=caller.request_id, error=in_one_line(cause.__cause__ or cause))
        cure = "the write may be stored, so read the row before you retry"
        return unavailable_error(caller.request_id, error, cure)
    if is_unavailable(cause):
        log.warning("database unavailable", request_id=caller.request_id, error=in_one_line(cause))
        return unavailable_error(caller.request_id, error)
    log.error("resolver failed", request_id=caller.request_id, exc_info=cause)
    return internal_error(caller.request_id, error)


def _is_unavailable(result: ExecutionResult, execution: Execution) -> bool:
    """Whether the database answered no field. A mutation of several fields may have committed the first ones."""
    selections = execution.document.operation.selection_set.selections
    is_repeatable = execution.document.kind == QUERY or (len(selections) == 1 and isinstance(selections[0], FieldNode))
    causes = [error.original_error for error in result.errors or ()]
    is_empty = all(value is None for value in (result.data or {}).values())
    return is_repeatable and is_empty and all(cause is not None and is_unavailable(cause) for cause in causes)
