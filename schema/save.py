"""Save mutations, which are declared like types.

`save_input` names the model, each line of the input names one of its columns, and `save_mutation` makes the mutation
with its payload.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeVar, dataclass_transform

import strawberry
from strawberry import UNSET, field

from db import models
from db.commands.audit import Author
from db.commands.field import Field, fields_of
from db.commands.save import Saved, save
from db.connections.sessions import WriteSession
from db.models.citation import CITABLE
from schema.compile.where import given
from schema.inputs import CitationInput, QuantityInput, optional, quotes, row_number, to_quantity
from schema.write import WriteOptions, carry_out, payload

T = TypeVar("T")
# The class attribute that names the model of an input.
_MODEL: Final = "__convene_saves__"


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
        members: dict[str, Any] = {
            "id": (strawberry.ID | None, saved(f"The id of the {name} to change; leave it out to add a new one."))
        }
        for attribute, annotation in cls.__annotations__.items():
            _field_of(model, attribute)
            if attribute not in vars(cls):
                raise TypeError(f"expected {cls.__name__}.{attribute} = saved(…), got no value")
            members[attribute] = annotation, vars(cls)[attribute]
        if name in CITABLE:
            members["citations"] = list[CitationInput] | None, saved("The quotes that support the row.")
        annotations = {key: annotation for key, (annotation, _) in members.items()}
        body = {key: value for key, (_, value) in members.items()}
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
    success, union = payload(f"Save{row_type.__name__}", row_type, "The saved row, or the error that refused it.")

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

        return await carry_out(info, success, command, optional(write, "reason"))

    resolve.__annotations__ = {
        "info": strawberry.Info,
        "input": Annotated[input_type, strawberry.argument(description="The row.")],
        "write": Annotated[WriteOptions | None, strawberry.argument(description="The conditions of the write.")],
        "return": union,
    }
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
