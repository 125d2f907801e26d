"""Answering operations: one statement where the whole operation compiles, else one for each root field."""

from collections.abc import Callable
from dataclasses import dataclass, replace
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
from graphql.execution.values import VariableValues, get_variable_values
from graphql.utilities import get_operation_ast
from sqlalchemy import Select

from db.engine import Database
from db.session import WriteSession
from schema.build import build
from schema.compile.arguments import shape
from schema.compile.compiler import Compiler, Graph, Unplannable
from schema.compile.plan import Cache, Plan, plan
from schema.execution import Compiled, Executor
from schema.identity import GlobalId

log = structlog.get_logger()

PLANS: Final = 1000
MAX_TOKENS: Final = 10_000


@dataclass(frozen=True)
class Operation:
    """What a client asks for."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


@dataclass(frozen=True)
class Caller:
    """Who asks."""

    actor: str = "anonymous"
    is_admin: bool = False
    request_id: str | None = None


@dataclass(frozen=True)
class Answer:
    """A complete response body. A request error is one that kept the operation from running: it has no `data`.

    `is_write` tells a request error that comes of `read_only` alone.
    """

    body: bytes
    is_request_error: bool = False
    is_write: bool = False


@dataclass(frozen=True)
class Document:
    """A parsed and validated document with the operation in it that is to run."""

    tree: DocumentNode
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]


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
        statement: Callable[[Compiler, Resolving], Select[Any]],
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

    def __init__(self, database: Database, on_commit: Callable[[], None] = lambda: None) -> None:
        self.database = database
        self.on_commit = on_commit
        self.schema = build()
        self.graph = Graph(self.schema)
        self._documents: Cache[tuple[str, str | None], Document] = Cache(PLANS)
        self._plans: Cache[Any, Plan | Unplannable] = Cache(PLANS)

    @property
    def sdl(self) -> str:
        return self.schema.as_str()

    async def answer(self, operation: Operation, caller: Caller, *, read_only: bool = False) -> Answer:
        """The response to an operation; nothing a client sends makes it raise. `read_only` refuses mutations."""
        try:
            document = self.document(operation)
            if read_only and document.operation.operation is not OperationType.QUERY:
                kind = document.operation.operation.value
                return replace(
                    refusal([GraphQLError(f"GET answers queries only, got a {kind}: POST it")]), is_write=True
                )
            variables = self._variables(document, operation)
            planned = self.planned(document, operation, variables)
            if isinstance(planned, Plan):
                return Answer(await self.fetch(planned, variables))
        except RecursionError:
            return refusal([GraphQLError("the document is nested too deeply")])
        except RequestErrors as refused:
            return refusal(refused.errors)
        except GraphQLError as error:
            return refusal([error])
        return await self._execute(document, operation, caller)

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
        return self._documents.get(key) or self._documents.put(key, self._parse(operation))

    def _parse(self, operation: Operation) -> Document:
        tree = parse(operation.query, max_tokens=MAX_TOKENS)
        if errors := validate(self.graph.core, tree):
            raise RequestErrors(errors)
        chosen = get_operation_ast(tree, operation.operation_name)
        if chosen is None:
            names = [d.name.value for d in tree.definitions if isinstance(d, OperationDefinitionNode) and d.name]
            raise GraphQLError(
                f"operationName must name one of the document's operations, {', '.join(names) or 'which has none'};"
                f" got {operation.operation_name!r}"
            )
        fragments = {d.name.value: d for d in tree.definitions if isinstance(d, FragmentDefinitionNode)}
        return Document(tree, chosen, fragments)

    def _variables(self, document: Document, operation: Operation) -> VariableValues:
        coerced = get_variable_values(
            self.graph.core, document.operation.variable_definitions or (), operation.variables or {}
        )
        if isinstance(coerced, list):
            raise RequestErrors(coerced)
        return coerced

    def planned(self, document: Document, operation: Operation, variables: VariableValues) -> Plan | Unplannable:
        """The plan of an operation of this shape, kept for the next time, or why there is none."""
        key = operation.query, operation.operation_name, shape(variables.coerced)
        known = self._plans.get(key)
        if known is not None:
            return known
        try:
            made: Plan | Unplannable = plan(
                self.graph,
                self.database.dialect,
                document.operation,
                document.fragments,
                variables,
                lambda compiler: compiler.operation(),
            )
        except Unplannable as unplannable:
            made = unplannable
        return self._plans.put(key, made)

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
        response: dict[str, Any] = {"data": result.data}
        if result.errors:
            response["errors"] = [formatted(error, caller) for error in result.errors]
        return Answer(orjson.dumps(response))


class RequestErrors(Exception):
    """The errors that keep an operation from running."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


def refusal(errors: list[GraphQLError]) -> Answer:
    """A response without data."""
    return Answer(orjson.dumps({"errors": [error.formatted for error in errors]}), is_request_error=True)


def formatted(error: GraphQLError, caller: Caller) -> Any:
    """An error as the client sees it: what our own code raises unexpectedly is masked and logged."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return error.formatted
    log.error("resolver failed", request_id=caller.request_id, exc_info=cause)
    return {**error.formatted, "message": "Internal server error", "extensions": {"requestId": caller.request_id}}
