"""What every mutation takes and gives: the conditions of a write, its results, and the one way it is carried out."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError
from strawberry import UNSET, field

from db import errors, models
from db.commands.audit import Author
from db.commands.citation import Quote
from db.connections.sessions import WriteSession
from db.values.reference import Reference
from db.values.vocabulary import MetricState
from schema.change import Change
from schema.compile.declare import AnyNode, Part, Rows, reading, view
from schema.compile.where import given
from schema.identity import parse_id
from schema.metric import MetricValue
from schema.node import Node


@strawberry.input(description="The conditions of a write.")
class Write:
    expected_version: int | None = field(
        default=UNSET, description="The version that the client read; another one in the registry refuses the write."
    )
    reason: str | None = field(default=UNSET, description="Why, for the audit log.")


@strawberry.input(description="A quote that supports what is written.")
class CitationInput:
    source: strawberry.ID = field(description="The source.")
    exact: str = field(description="The words, exactly as they stand in one of its passages.")
    occurrence: int = field(default=1, description="Which occurrence of them in the source, from 1.")


@strawberry.interface(description="Why a write was refused. Nothing was written.")
class MutationError:
    code: str = field(description="What sort of error, such as VALIDATION.")
    message: str = field(description="What was got and what was wanted.")
    path: list[str] = field(description="The way to the input field at fault.")


@strawberry.type(description="The input makes no sense.")
class ValidationError(MutationError):
    pass


@strawberry.type(description="A key is wanted that may write.")
class PermissionDeniedError(MutationError):
    pass


@strawberry.type(description="The input refers to a row that isn't there.")
class NotFoundError(MutationError):
    id: strawberry.ID = field(description="The id that was looked for.")


@strawberry.type(description="The row has been changed since the client read it.")
class VersionConflictError(MutationError):
    expected: int = field(description="The version that the client expected.")
    actual: int = field(description="The version that the row has.")
    row: strawberry.Private[Reference]

    @field(description="The row as it is now.")
    async def current(self, info: strawberry.Info) -> Node | None:
        return await info.context.node(info, self.row)


@strawberry.type(description="What is asked for is there already.")
class DuplicateError(MutationError):
    row: strawberry.Private[Reference]

    @field(description="The row that is there.")
    async def existing(self, info: strawberry.Info) -> Node | None:
        return await info.context.node(info, self.row)


@view(models.Change)
class WriteSuccess:
    """The write is done."""

    node: Node | None = reading(AnyNode("node_type", "node_id"), "The row as it is now.")
    change: Change = reading(Part(), "The entry in the audit log.")
    stale_metrics: list[MetricValue] = reading(
        Rows(lambda metrics: metrics.where(models.MetricValue.state == MetricState.STALE), of="metrics"),
        "The derived numbers of the organization concerned that now wait to be computed anew.",
    )


WriteResult = Annotated[
    WriteSuccess | ValidationError | NotFoundError | VersionConflictError | DuplicateError | PermissionDeniedError,
    strawberry.union("WriteResult", description="A write that is done, or why it was refused."),
]

Command = Callable[[WriteSession, Author], Awaitable[models.Base]]


async def carry_out(info: strawberry.Info, write: Write | None, command: Command) -> Any:
    """The command's change is committed and shown as a `WriteSuccess`; see `carried_out`."""
    return await carried_out(info, optional(write, "reason"), command, "WriteSuccess")


async def carried_out(info: strawberry.Info, reason: str | None, command: Command, success: str) -> Any:
    """The command's row is committed and shown as the type `success`, read before anything else can happen to it.

    Where the caller may not write or the command refuses, nothing is written and a `MutationError` says why.
    """
    context = info.context
    if not context.caller.is_admin:
        return PermissionDeniedError(
            code="PERMISSION_DENIED", message="a key is wanted: Authorization: Bearer KEY", path=["Authorization"]
        )
    author = Author(context.caller.actor, reason, context.caller.request_id)
    try:
        async with context.service.database.write() as session:
            row = await command(session, author)
            done = await context.payload(info, success, type(row), row.id, session)
    except errors.DomainError as error:
        return _refusal(error)
    context.service.on_commit()
    return done


def _refusal(error: errors.DomainError) -> MutationError:
    said: dict[str, Any] = {"code": error.code, "message": error.message, "path": list(error.path)}
    match error:
        case errors.NotFound():
            return NotFoundError(**said, id=strawberry.ID(f"{error.type_name}:{error.id}"))
        case errors.VersionConflict():
            row = Reference(error.type_name, error.id)
            return VersionConflictError(**said, expected=error.expected, actual=error.actual, row=row)
        case errors.Duplicate():
            return DuplicateError(**said, row=Reference(error.type_name, error.id))
        case _:
            return ValidationError(**said)


def optional(input: Any, name: str) -> Any:
    """A field of an optional input, None where either is left out."""
    value = getattr(input, name) if given(input) else None
    return value if given(value) else None


def reference(id: str, *path: str) -> Reference:
    """A global id from an input; raises `Invalid` with the path to it."""
    try:
        return parse_id(id)
    except GraphQLError as error:
        raise errors.Invalid(error.message, path) from error


def row_number(id: str, type_name: str, *path: str) -> int:
    """The number in a global id of this type; raises `Invalid` with the path to it."""
    found = reference(id, *path)
    if found.type_name != type_name:
        raise errors.Invalid(f"the id of {type_name} is wanted, got {id!r}", path)
    return found.id


def quotes(citations: list[CitationInput] | None) -> list[Quote]:
    """The quotes of an input's citations."""
    return [
        Quote(row_number(cited.source, "Source", "input", "citations", "source"), cited.exact, cited.occurrence)
        for cited in citations or ()
    ]
