"""The contract of every mutation: its conditions, its payload, and how to run it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Union

import strawberry
from sqlalchemy import literal_column
from strawberry import UNSET, field

from db import errors, models
from db.commands.audit import Author
from db.commands.save import Saved
from db.connections.sessions import WriteSession
from db.connections.transient_errors import is_unavailable
from db.values.reference import Reference
from db.values.vocabulary import MetricState
from schema.change import Change
from schema.compile.declare import READ, Part, Rows, reading, view
from schema.compile.dialect import Sql
from schema.compile.field import Field as Selected
from schema.compile.protocols import FieldCompiler
from schema.compile.row import Row
from schema.errors import CommitInDoubt
from schema.metric import MetricValue
from schema.node import Node

# The class attribute that names the type of the row that a success shows.
_SHOWN: Final = "__convene_shown__"


@strawberry.input(description="The conditions of a write.")
class WriteOptions:
    expected_version: int | None = field(
        default=UNSET,
        description="The version that the client read. The write is refused if the row has another version, or if the"
        " row does not exist yet.",
    )
    reason: str | None = field(default=UNSET, description="The reason for the write, for the audit log.")


@strawberry.interface(description="Why a write was refused. Nothing was written.")
class MutationError:
    code: str = field(description="The kind of error, such as VALIDATION.")
    message: str = field(description="The expected value and the one that the client sent.")
    path: list[str] = field(description="The path to the input field at fault.")


@strawberry.type(description="The input is not valid.")
class ValidationError(MutationError):
    pass


@strawberry.type(description="The request has no API key that allows writing.")
class PermissionDeniedError(MutationError):
    pass


@strawberry.type(description="The input refers to a row that does not exist.")
class NotFoundError(MutationError):
    id: strawberry.ID = field(description="The id that was not found.")


@strawberry.type(description="The row has changed since the client read it.")
class VersionConflictError(MutationError):
    expected: int = field(description="The version that the client expected.")
    actual: int = field(description="The version that the row has.")
    row: strawberry.Private[Reference]

    @field(description="The row as it is now.")
    async def current(self, info: strawberry.Info) -> Node | None:
        return await info.context.node(info, self.row)


@strawberry.type(description="The row to add exists already.")
class DuplicateError(MutationError):
    row: strawberry.Private[Reference]

    @field(description="The existing row.")
    async def existing(self, info: strawberry.Info) -> Node | None:
        return await info.context.node(info, self.row)


_ERRORS: Final = (ValidationError, NotFoundError, VersionConflictError, DuplicateError, PermissionDeniedError)


@strawberry.interface(description="The write is done.")
class WriteSuccess:
    change: Change | None = reading(Part(), "The entry in the audit log; null if nothing changed.")
    stale_metrics: list[MetricValue] = reading(
        Rows(lambda metrics: metrics.where(models.MetricValue.state == MetricState.STALE), of="metrics"),
        "The metrics that are now STALE, of the organization that the row belongs to; empty if nothing changed.",
    )


@dataclass(frozen=True)
class ChangedRow:
    """Reads the row that an entry of the audit log is about."""

    type_name: str

    def text(self, compiler: FieldCompiler, row: Row | None, field: Selected) -> Sql:
        assert row is not None
        return compiler.by_number(self.type_name, literal_column(row["node_id"]), field)


def payload(mutation: str, row_type: type, description: str) -> tuple[type, Any]:
    """The success type of a mutation, with a field for the row, and the union of it and the errors.

    `SaveEvent` has `SaveEventSuccess` and `SaveEventPayload`.
    """

    async def unchanged(self: Any, info: strawberry.Info) -> Any:
        return await info.context.node(info, self.row)

    unchanged.__annotations__["return"] = row_type
    shown = field(
        resolver=unchanged,
        description="The row as it is now.",
        metadata={READ: ChangedRow(row_type.__name__)},
    )
    body = {
        "__annotations__": {"row": strawberry.Private[Reference]},
        "__doc__": "The write is done.",
        "__module__": __name__,
        _SHOWN: row_type.__name__,
        _snake(row_type.__name__): shown,
    }
    success = view(models.Change)(type(f"{mutation}Success", (WriteSuccess,), body))
    union = Union[(success, *_ERRORS)]  # pyright: ignore
    return success, Annotated[union, strawberry.union(f"{mutation}Payload", description=description)]


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")


# A command returns what its success shows: the saved row's change, or the row itself.
Command = Callable[[WriteSession, Author], Awaitable[Saved | models.Base]]


async def carry_out(info: strawberry.Info, success: type, command: Command, reason: str | None = None) -> Any:
    """Runs the command in a transaction, commits it and returns what it did as the type `success`.

    A changed row is read in the same transaction, so no other write comes between; an unchanged one after it. If the
    caller may not write or the command refuses the input, writes nothing and returns a `MutationError`. Raises
    `CommitInDoubt` if the database does not answer the commit.
    """
    context = info.context
    if not context.caller.is_admin:
        message = "expected an API key that allows writing (Authorization: Bearer KEY), got none"
        return PermissionDeniedError(code="PERMISSION_DENIED", message=message, path=["Authorization"])
    author = Author(context.caller.actor, reason, context.caller.request_id)
    answer = None
    try:
        async with context.service.database.write() as session:
            answer = await _show(info, success, await command(session, author), session)
    except errors.DomainError as error:
        return _refusal(error)
    except Exception as error:
        if answer is not None and is_unavailable(error):
            raise CommitInDoubt from error
        raise
    context.service.on_commit()
    return answer


async def _show(info: strawberry.Info, success: Any, done: Saved | models.Base, session: WriteSession) -> Any:
    match done:
        case Saved(id, None):
            return success(change=None, stale_metrics=[], row=Reference(getattr(success, _SHOWN), id))
        case Saved(_, int(change_id)):
            model, number = models.Change, change_id
        case row:
            model, number = type(row), row.id
    return await info.context.payload(info, success.__name__, model, number, session)


def _refusal(error: errors.DomainError) -> MutationError:
    common: dict[str, Any] = {"code": error.code, "message": error.message, "path": list(error.path)}
    match error:
        case errors.NotFound():
            return NotFoundError(**common, id=strawberry.ID(f"{error.type_name}:{error.id}"))
        case errors.VersionConflict():
            row = Reference(error.type_name, error.id)
            return VersionConflictError(**common, expected=error.expected, actual=error.actual, row=row)
        case errors.Duplicate():
            return DuplicateError(**common, row=Reference(error.type_name, error.id))
        case _:
            return ValidationError(**common)
