"""The contract of every mutation: its conditions, its payload, and how to run it.

A save mutation is declared like a type: `save_input` names the model, each line of the input names one of its columns,
and `save_mutation` makes the mutation with its payload.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, Union, dataclass_transform

import strawberry
from graphql import GraphQLError
from sqlalchemy import literal_column
from strawberry import UNSET, field

from db import errors, models
from db.commands.audit import Author
from db.commands.citation import Quote
from db.commands.field import Field, fields_of
from db.commands.save import Saved, save
from db.connections.sessions import WriteSession
from db.models.citation import CITABLE
from db.values import quantity
from db.values.quantity import Comparator
from db.values.reference import Reference
from db.values.vocabulary import MetricState
from schema.change import Change
from schema.compile.declare import READ, Part, Rows, reading, view
from schema.compile.where import given
from schema.identity import parse_id
from schema.metric import MetricValue
from schema.node import Node

if TYPE_CHECKING:
    from schema.compile.compiler import Compiler
    from schema.compile.compiler import Field as Selected
    from schema.compile.row import Row

T = TypeVar("T")
# The names of two class attributes: the model that an input saves, and the type of the row that a success shows.
_MODEL: Final = "__convene_saves__"
_SHOWN: Final = "__convene_shown__"


@strawberry.input(description="The conditions of a write.")
class WriteOptions:
    expected_version: int | None = field(
        default=UNSET,
        description="The version that the client read. The write is refused if the row has another version, or if the"
        " row does not exist yet.",
    )
    reason: str | None = field(default=UNSET, description="The reason for the write, for the audit log.")


@strawberry.input(description="A quote that supports the row.")
class CitationInput:
    source: strawberry.ID = field(description="The source.")
    exact: str = field(description="The exact words, within one passage of the source.")
    occurrence: int = field(default=1, description="Which occurrence of the words in the source, counted from 1.")


@strawberry.input(
    description="A number as a source states it. The comparator determines the bounds that you leave out."
)
class QuantityInput:
    value: Decimal | None = field(default=UNSET, description="The number; EXACT and APPROXIMATE need it.")
    lower: Decimal | None = field(default=UNSET, description="The lower bound; BETWEEN and AT_LEAST need it.")
    upper: Decimal | None = field(default=UNSET, description="The upper bound; BETWEEN and AT_MOST need it.")
    unit: str = field(description='The unit, such as "employee" or "USD".')
    currency: str | None = field(default=UNSET, description="The ISO 4217 code of an amount of money.")
    comparator: Comparator = field(
        default=Comparator.EXACT, description="How to read the number: exact, approximate or a bound."
    )


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
        "The metrics that are now STALE, of the organization that the row belongs to.",
    )


@dataclass(frozen=True)
class ChangedRow:
    """Reads the row that an entry of the audit log is about."""

    type_name: str

    def text(self, compiler: "Compiler", row: "Row | None", field: "Selected") -> Any:
        assert row is not None
        return compiler.by_number(self.type_name, literal_column(row["node_id"]), field)


def payload(mutation: str, row_type: type, description: str) -> tuple[type, Any]:
    """The success type of a mutation, with a field for the row, and the union of it and the errors.

    `mutation` is the name in Python: `save_event` has `SaveEventSuccess` and `SaveEventPayload`.
    """
    name, row = _pascal(mutation), _snake(row_type.__name__)

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
        row: shown,
    }
    body[_SHOWN] = row_type.__name__
    success = view(models.Change)(type(f"{name}Success", (WriteSuccess,), body))
    union = Union[(success, *_ERRORS)]  # pyright: ignore
    return success, Annotated[union, strawberry.union(f"{name}Payload", description=description)]


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")


Command = Callable[[WriteSession, Author], Awaitable[Saved]]


async def carry_out(info: strawberry.Info, write: WriteOptions | None, success: type, command: Command) -> Any:
    """Commits the command's change and returns it as `success`; see `carry_out_as`."""

    async def shown(session: WriteSession, author: Author) -> Any:
        saved = await command(session, author)
        if saved.change_id is None:
            row = Reference(getattr(success, _SHOWN), saved.id)
            return success(change=None, stale_metrics=[], row=row)
        return await info.context.payload(info, success.__name__, models.Change, saved.change_id, session)

    return await carry_out_as(info, optional(write, "reason"), shown)


async def carry_out_as(
    info: strawberry.Info, reason: str | None, shown: Callable[[WriteSession, Author], Awaitable[Any]]
) -> Any:
    """Runs `shown` in a transaction, commits it and returns its answer.

    `shown` reads the answer in the same transaction, so no other write comes between. If the caller may not write or a
    command refuses the input, writes nothing and returns a `MutationError`.
    """
    context = info.context
    if not context.caller.is_admin:
        message = "expected an API key that allows writing (Authorization: Bearer KEY), got none"
        return PermissionDeniedError(code="PERMISSION_DENIED", message=message, path=["Authorization"])
    author = Author(context.caller.actor, reason, context.caller.request_id)
    try:
        async with context.service.database.write() as session:
            done = await shown(session, author)
    except errors.DomainError as error:
        return _refusal(error)
    context.service.on_commit()
    return done


async def show(info: strawberry.Info, success: type, row: models.Base, session: WriteSession) -> Any:
    """The row, shown as the type `success`."""
    return await info.context.payload(info, success.__name__, type(row), row.id, session)


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


def saved(description: str) -> Any:
    """A field of a save input. It sets the model's attribute of the same name, or of that name with `_id`."""
    return field(default=UNSET, description=description)


@dataclass_transform(kw_only_default=True, field_specifiers=(saved,))
def save_input(model: type[models.Base]) -> Callable[[type[T]], type[T]]:
    """The input of a save mutation: the declared fields, and the model's id and citations.

    The model determines which values a field accepts, whether a new row needs it, and whether null clears it.
    """

    def declare(cls: type[T]) -> type[T]:
        name = model.__name__
        for attribute in cls.__annotations__:
            _field_of(model, attribute)
        own = {key: value for key, value in vars(cls).items() if key in cls.__annotations__}
        before = {
            "id": (strawberry.ID | None, saved(f"The id of the {name} to change; leave it out to add a new one."))
        }
        after: dict[str, Any] = {}
        if model.__name__ in CITABLE:
            after["citations"] = (list[CitationInput] | None, saved("The quotes that support the row."))
        declared = {key: (cls.__annotations__[key], value) for key, value in own.items()}
        members = before | declared | after
        body = {key: value for key, (_, value) in members.items()}
        annotations = {key: annotation for key, (annotation, _) in members.items()}
        more = {"__annotations__": annotations, "__module__": cls.__module__, _MODEL: model}
        made: Any = type(cls.__name__, (), body | more)
        text = f"{inspect.getdoc(cls) or ''} Fields that you leave out keep their values; null clears a value."
        return strawberry.input(made, description=text)

    return declare


def _field_of(model: type[models.Base], name: str) -> Field:
    fields = fields_of(model)
    found = fields.get(name) or fields.get(f"{name}_id")
    if found is None:
        raise TypeError(f"expected an attribute of {model.__name__} ({', '.join(fields)}), got {name}")
    return found


def save_mutation(input_type: Any, row_type: type, description: str) -> Any:
    """A mutation that saves a row of the input's model."""
    model: type[models.Base] = getattr(input_type, _MODEL)
    name = f"save_{_snake(row_type.__name__)}"
    success, union = payload(name, row_type, "The saved row, or the error that refused it.")

    async def resolve(info: strawberry.Info, input: Any, write: Any = UNSET) -> Any:
        async def command(session: WriteSession, author: Author) -> Saved:
            return await save(
                session,
                author,
                model,
                id=row_number(input.id, row_type.__name__, "input", "id") if given(input.id) else None,
                fields=_fields(input, model),
                expected_version=optional(write, "expected_version"),
                quotes=quotes(optional(input, "citations") if hasattr(input, "citations") else None),
            )

        return await carry_out(info, write, success, command)

    resolve.__annotations__ = {
        "info": strawberry.Info,
        "input": Annotated[input_type, strawberry.argument(description="The row.")],
        "write": Annotated[WriteOptions | None, strawberry.argument(description="The conditions of the write.")],
        "return": union,
    }
    resolve.__name__ = name
    return strawberry.mutation(resolver=resolve, description=description)


def _fields(input: Any, model: type[models.Base]) -> Mapping[str, Any]:
    """The fields that the client gave, including nulls, in the form that the command takes."""
    fields: dict[str, Any] = {}
    for name, value in vars(input).items():
        if value is UNSET or name in ("id", "citations"):
            continue
        field = _field_of(model, name)
        fields[field.attribute] = None if value is None else _read(field, value)
    return fields


def _read(field: Field, value: Any) -> Any:
    if field.refers_to is not None:
        return row_number(value, models.BY_TABLE[field.refers_to].__name__, *field.path)
    return to_quantity(value, None, *field.path) if isinstance(value, QuantityInput) else value


# The GraphQL names of row types, by table.


def to_quantity(input: QuantityInput, as_of: str | None, *path: str) -> quantity.Quantity:
    """The quantity of an input; raises `Invalid` with the path to it."""
    try:
        return quantity.Quantity.of(
            input.unit,
            input.comparator,
            value=optional(input, "value"),
            lower=optional(input, "lower"),
            upper=optional(input, "upper"),
            currency=optional(input, "currency"),
            as_of=as_of,
        )
    except ValueError as error:
        raise errors.Invalid(str(error), path) from error


def optional(input: Any, name: str) -> Any:
    """The value of a field of an optional input; None if the client left out either."""
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
        article = "an" if type_name[0] in "AEIO" else "a"
        raise errors.Invalid(f"expected {article} {type_name} id, got {id!r}", path)
    return found.id


def quotes(citations: list[CitationInput] | None) -> list[Quote]:
    """The quotes of an input's citations."""
    return [
        Quote(
            row_number(cited.source, "Source", "input", "citations", str(index), "source"),
            cited.exact,
            cited.occurrence,
        )
        for index, cited in enumerate(citations or ())
    ]
