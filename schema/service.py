"""Answering operations: one statement where the whole operation compiles, else one for each root field."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, Final, NamedTuple

import orjson
import strawberry
import structlog
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
    validate,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues, get_argument_values
from graphql.utilities import get_operation_ast
from sqlalchemy import Select

from db.connections.engine import Database
from db.connections.sessions import WriteSession
from schema.build import build
from schema.cache import Cache
from schema.compile.arguments import shape
from schema.compile.compiler import Compiler, Graph, Unplannable
from schema.compile.plan import Plan, plan
from schema.execution import Compiled, Executor
from schema.identity import GlobalId
from schema.limits import Sizes, check, check_text
from schema.operation_limits import Limits
from schema.subscription import ROW, Wanted, only_field, wanted
from schema.variables import Variables

log = structlog.get_logger()

UNKNOWN: Final = "unknown"
SUBSCRIPTION: Final = OperationType.SUBSCRIPTION.value
ELSEWHERE: Final = (
    "a subscription needs a connection that stays: open a WebSocket (graphql-transport-ws) at this address, or ask for"
    " server-sent events at /graphql/stream"
)

# A parsed document takes about 100 bytes a character, and a plan little more than its SQL, of a byte a character.
DOCUMENTS: Final = 1000
DOCUMENT_CHARACTERS: Final = 500_000
PLANS: Final = 1000
PLAN_CHARACTERS: Final = 20_000_000


class Operation(NamedTuple):
    """What a client asks for."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


class Caller(NamedTuple):
    """Who asks. What differs in what it `sees` is planned, and named in an answer's tag, apart."""

    actor: str = "anonymous"
    is_admin: bool = False
    request_id: str | None = None
    sees: str = "everything"


class Outcome(StrEnum):
    """What came of an operation; a refused one did not run, and its answer has no `data`."""

    DATA = "data"
    ERRORS = "errors"
    REFUSED = "refused"
    # One that writes, where only reading is allowed.
    WRITE = "write"


class Answer(NamedTuple):
    """A complete response body. `kind` is the operation's, or `unknown` where the document could not be read."""

    body: bytes
    outcome: Outcome = Outcome.DATA
    kind: str = UNKNOWN

    @property
    def is_request_error(self) -> bool:
        return self.outcome in (Outcome.REFUSED, Outcome.WRITE)


@dataclass(frozen=True, eq=False, slots=True)
class Document:
    """A parsed and validated document with the operation in it that is to run."""

    tree: DocumentNode
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    sizes: Sizes
    variables: Variables
    kind: str
    length: int
    # What plans are kept under: a document that is no longer kept can't be held by its plans.
    number: int = field(default_factory=count().__next__)

    def variables_of(self, operation: Operation) -> VariableValues:
        """The operation's values of the document's variables; raises `RequestErrors` or `GraphQLError`."""
        given = operation.variables or {}
        self.sizes.check(given)
        coerced = self.variables.coerce(given)
        if isinstance(coerced, list):
            raise RequestErrors(coerced)
        return coerced


class Subscribed(NamedTuple):
    """A subscription, planned once for all its events: which are wanted, and as what their rows are shown."""

    name: str
    wanted: Wanted
    plan: Plan
    variables: VariableValues

    def parameters(self, number: int) -> list[Any]:
        """Those of the statement that reads the row with this number."""
        return self.plan.parameters(self.variables, {ROW: number})


class Resolving(NamedTuple):
    """The field that a resolver is called for: the type it belongs to, and where it is selected."""

    owner: GraphQLObjectType
    details: list[FieldDetails]


@dataclass(frozen=True)
class Context:
    """What resolvers are given."""

    service: "Service"
    caller: Caller

    async def read(self, info: strawberry.Info) -> Compiled:
        """The value of one root field, by a statement of its own."""
        return await self._compiled(info, lambda compiler, field: compiler.root_field(*field))

    async def node(self, info: strawberry.Info, id: GlobalId) -> Compiled:
        """The row with this id, as the field's selection shows it."""
        return await self._compiled(info, lambda compiler, field: compiler.node(id, *field))

    async def payload(
        self, info: strawberry.Info, type_name: str, rows: Select[Any], session: WriteSession
    ) -> Compiled:
        """The one row of `rows` as the field's selection of `type_name` shows it, read within the session."""
        type_: Any = self.service.graph.core.type_map[type_name]
        return await self._compiled(info, lambda compiler, field: compiler.payload(rows, type_, field.details), session)

    async def _compiled(
        self,
        info: strawberry.Info,
        statement: Callable[[Compiler, Resolving], str],
        session: WriteSession | None = None,
    ) -> Compiled:
        raw = info._raw_info  # pyright: ignore[reportPrivateUsage]
        field = Resolving(raw.parent_type, [FieldDetails(node, None) for node in raw.field_nodes])
        # Strawberry's own executor would hand over a plain dict; graphql-core's, which is used here, doesn't.
        variables: Any = raw.variable_values
        service = self.service
        planned = plan(
            service.graph,
            service.database.dialect,
            raw.operation,
            raw.fragments,
            variables,
            lambda compiler: statement(compiler, field),
        )
        body = await service.fetch(planned, variables, session)
        return Compiled(orjson.loads(body))


class Service:
    """Answers GraphQL operations from one database.

    `on_commit` is called, in no one's way, after each mutation that has committed.
    """

    def __init__(
        self, database: Database, on_commit: Callable[[], None] = lambda: None, limits: Limits | None = None
    ) -> None:
        self.database = database
        self.on_commit = on_commit
        self.limits = limits or Limits()
        self.schema = build()
        self.graph = Graph(self.schema)
        self.documents: Cache[tuple[str, str | None], Document] = Cache(
            DOCUMENTS, DOCUMENT_CHARACTERS, lambda document: document.length
        )
        self.plans: Cache[Any, Plan | Unplannable] = Cache(PLANS, PLAN_CHARACTERS, _length)

    @property
    def sdl(self) -> str:
        return self.schema.as_str()

    def warm(self) -> None:
        """What is built when it is first needed is there: the first request takes no longer than the second."""
        operation = Operation("{ organizations(first: 1) { nodes { id metrics { value { value } } } } }")
        document = self.document(operation)
        self.planned(document, document.variables_of(operation), Caller())

    async def answer(self, operation: Operation, caller: Caller, *, read_only: bool = False) -> Answer:
        """The response to an operation; nothing a client sends makes it raise. `read_only` refuses all but queries."""
        kind = UNKNOWN
        try:
            document = self.document(operation)
            kind = document.kind
            if kind == SUBSCRIPTION:
                return refusal([GraphQLError(ELSEWHERE)], kind)
            if read_only and kind != OperationType.QUERY.value:
                error = GraphQLError(f"GET answers queries only, got a {kind}: POST it")
                return refusal([error], kind, Outcome.WRITE)
            variables = document.variables_of(operation)
            planned = self.planned(document, variables, caller)
            if isinstance(planned, Plan):
                return Answer(await self.fetch(planned, variables), kind=kind)
        except REFUSALS as error:
            return refused(error, kind)
        return await self._execute(document, operation, caller)

    def subscription(self, operation: Operation, caller: Caller) -> "Subscribed | Answer | None":
        """What a subscription asks for, the refusal of one that can't be had, or None for another kind of operation."""
        kind = UNKNOWN
        try:
            document = self.document(operation)
            kind = document.kind
            return self._subscribed(document, operation, caller) if kind == SUBSCRIPTION else None
        except REFUSALS as error:
            return refused(error, kind)

    def _subscribed(self, document: Document, operation: Operation, caller: Caller) -> "Subscribed":
        variables = document.variables_of(operation)
        owner: Any = self.graph.core.subscription_type
        name, details = only_field(self.graph.core, owner, document.operation, document.fragments, variables)
        arguments = get_argument_values(owner.fields[details[0].node.name.value], details[0].node, variables)
        which = wanted(arguments)
        planned = self.planned(document, variables, caller, lambda compiler: compiler.root_field(owner, details))
        if isinstance(planned, Unplannable):
            raise GraphQLError(f"{planned} can't be subscribed to")
        subscribed = Subscribed(name, which, planned, variables)
        # Bad arguments refuse it now, and not its first event.
        subscribed.parameters(0)
        return subscribed

    async def event(self, subscribed: "Subscribed", number: int) -> bytes | None:
        """The response that tells of the row with this number, None where it is there no more."""
        body = await self.database.fetch_bytes(subscribed.plan.sql, subscribed.parameters(number))
        return None if body == b"null" else b'{"data":{"%b":%b}}' % (subscribed.name.encode(), body)

    async def fetch(self, planned: Plan, variables: VariableValues, session: WriteSession | None = None) -> bytes:
        """The bytes that a plan's statement yields; raises `GraphQLError` for bad arguments."""
        parameters = planned.parameters(variables)
        if session is None:
            return await self.database.fetch_bytes(planned.sql, parameters)
        connection = await session.connection()
        return (await connection.exec_driver_sql(planned.sql, tuple(parameters))).scalar_one()

    def document(self, operation: Operation) -> Document:
        """The parsed and validated document, kept for the next time; raises `GraphQLError` or `RequestErrors`."""
        key = operation.query, operation.operation_name
        return self.documents.get(key) or self.documents.put(key, self._parse(operation))

    def is_valid(self, operation: Operation) -> bool:
        """Whether the document can be read and run; whatever its variables are."""
        try:
            self.document(operation)
        except (GraphQLError, RequestErrors, RecursionError):
            return False
        return True

    def _parse(self, operation: Operation) -> Document:
        check_text(operation.query, self.limits)
        tree = parse(operation.query, max_tokens=self.limits.max_tokens)
        chosen = get_operation_ast(tree, operation.operation_name)
        if chosen is None:
            names = [d.name.value for d in tree.definitions if isinstance(d, OperationDefinitionNode) and d.name]
            raise GraphQLError(
                f"operationName must name one of the document's operations, {', '.join(names) or 'which has none'};"
                f" got {operation.operation_name!r}"
            )
        fragments = {d.name.value: d for d in tree.definitions if isinstance(d, FragmentDefinitionNode)}
        # Before it is validated, which takes time that grows with the square of some sizes.
        sizes = check(tree, chosen, fragments, self.limits, self.graph.core)
        if errors := validate(self.graph.core, tree):
            raise RequestErrors(errors)
        variables = Variables(self.graph.core, chosen.variable_definitions or ())
        return Document(tree, chosen, fragments, sizes, variables, chosen.operation.value, len(operation.query))

    def planned(
        self,
        document: Document,
        variables: VariableValues,
        caller: Caller,
        statement: Callable[[Compiler], str] = Compiler.operation,
    ) -> Plan | Unplannable:
        """The plan of an operation of this shape, kept for the next time, or why there is none."""
        key = document.number, shape(variables.coerced), caller.sees
        known = self.plans.get(key)
        if known is not None:
            return known
        try:
            made: Plan | Unplannable = plan(
                self.graph,
                self.database.dialect,
                document.operation,
                document.fragments,
                variables,
                statement,
            )
        except Unplannable as unplannable:
            made = unplannable
        return self.plans.put(key, made)

    async def _execute(self, document: Document, operation: Operation, caller: Caller) -> Answer:
        result: Any = execute(
            self.graph.core,
            document.tree,
            context_value=Context(self, caller),
            variable_values=operation.variables,
            operation_name=operation.operation_name,
            executor_class=Executor,
        )
        result = result if not hasattr(result, "__await__") else await result
        if not result.errors:
            return Answer(orjson.dumps({"data": result.data}), kind=document.kind)
        errors = [formatted(error, caller) for error in result.errors]
        return Answer(orjson.dumps({"data": result.data, "errors": errors}), Outcome.ERRORS, document.kind)


class RequestErrors(Exception):
    """The errors that keep an operation from running."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


REFUSALS: Final = (RequestErrors, GraphQLError, RecursionError)


def refused(error: Exception, kind: str) -> Answer:
    """The response to an operation that can't run, for one of `REFUSALS`."""
    match error:
        case RequestErrors():
            return refusal(error.errors, kind)
        case GraphQLError():
            return refusal([error], kind)
        case _:
            return refusal([GraphQLError("the document is nested too deeply")], kind)


def refusal(errors: list[GraphQLError], kind: str, outcome: Outcome = Outcome.REFUSED) -> Answer:
    """A response without data."""
    return Answer(orjson.dumps({"errors": [error.formatted for error in errors]}), outcome, kind)


def _length(planned: Plan | Unplannable) -> int:
    return len(planned.sql) if isinstance(planned, Plan) else 0


def formatted(error: GraphQLError, caller: Caller) -> Any:
    """An error as the client sees it: what our own code raises unexpectedly is masked and logged."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return error.formatted
    log.error("resolver failed", request_id=caller.request_id, exc_info=cause)
    return {**error.formatted, "message": "Internal server error", "extensions": {"requestId": caller.request_id}}
