"""How GraphQL types name their models, and how a field says what it reads where its name alone doesn't.

A plain annotation reads the model's attribute of the same name. The other kinds of field are the classes below; each
knows how to write itself as SQL text. A field with a resolver of any other kind isn't compiled.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, dataclass_transform

import strawberry
from sqlalchemy import Select, literal_column

from schema.compile.dialect import Sql, constant

if TYPE_CHECKING:
    from schema.compile.compiler import Compiler, Field
    from schema.compile.row import Row

T = TypeVar("T")

MODEL = "__convene_model__"
CANONICAL = "__convene_canonical__"
VALUE = "__convene_value__"
READ = "convene.read"


def entity(model: type) -> Callable[[type[T]], type[T]]:
    """The GraphQL type of a table's rows: what every reference to such a row shows."""

    def declare(cls: type[T]) -> type[T]:
        setattr(cls, CANONICAL, True)
        return view(model)(cls)

    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def view(model: type) -> Callable[[type[T]], type[T]]:
    """A GraphQL type that shows some of a table's row, beside the one that `entity` declares."""

    def declare(cls: type[T]) -> type[T]:
        setattr(cls, MODEL, model)
        return strawberry.type(cls, description=inspect.getdoc(cls))

    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def embedded(value: type) -> Callable[[type[T]], type[T]]:
    """The GraphQL type of a composite value: a dataclass kept in several columns of a row."""

    def declare(cls: type[T]) -> type[T]:
        setattr(cls, VALUE, value)
        return strawberry.type(cls, description=inspect.getdoc(cls))

    return declare


Arguments = dict[str, Any]


class Checked(Protocol):
    """What says which arguments are good."""

    @property
    def check(self) -> Callable[[Arguments], Arguments]:
        """The arguments as they will be bound, for every request anew; raises `GraphQLError` for bad ones."""
        ...


class Reading(Protocol):
    """What a compiled field reads."""

    def text(self, compiler: "Compiler", row: "Row | None", field: "Field") -> Sql:
        """The JSON text of the field's value for a row, or for the operation's root."""
        ...


def unchecked(arguments: Arguments) -> Arguments:
    return arguments


@dataclass(frozen=True)
class Rows:
    """Rows of a relationship, or of a whole table at the root, as `refine` narrows and orders them.

    `of` names the relationship where it isn't the field's own name; `show` an attribute to show instead of the row.
    """

    refine: Callable[..., Select[Any]]
    of: str | None = None
    show: str | None = None
    check: Callable[[Arguments], Arguments] = unchecked

    def text(self, compiler: "Compiler", row: "Row | None", field: "Field") -> Sql:
        source = compiler.origin(row, field, self.of, compiler.named(field))
        return compiler.rows(source.refined(self.refine, compiler.arguments(field, self)), field, self.show)


@dataclass(frozen=True)
class Part:
    """The same row, shown as another type."""

    def text(self, compiler: "Compiler", row: "Row | None", field: "Field") -> Sql:
        assert row is not None
        return compiler.item(row, compiler.named(field), field.details)


@dataclass(frozen=True)
class Variant:
    """One of the things that a field may show: `attribute`, where the column `when` is `equals`, or isn't null.

    `attribute` names a relationship, a composite, or a GraphQL type to show the same row as.
    """

    attribute: str
    when: str | None = None
    equals: str = ""


@dataclass(frozen=True)
class OneOf:
    """An interface or a union: the first of the variants whose condition holds, and null where none does."""

    variants: tuple[Variant, ...]

    def text(self, compiler: "Compiler", row: "Row | None", field: "Field") -> Sql:
        assert row is not None
        return compiler.choice([compiler.variant(row, variant, field) for variant in self.variants])


@dataclass(frozen=True)
class AnyNode:
    """The row that a type's name and a number refer to, whatever its table: two columns without a foreign key."""

    type_name: str
    number: str

    def text(self, compiler: "Compiler", row: "Row | None", field: "Field") -> Sql:
        assert row is not None
        return compiler.choice(
            (
                f"{row[self.type_name]} = {constant(name)}",
                compiler.by_number(name, literal_column(row[self.number]), field),
            )
            for name in sorted(compiler.graph.entities)
        )


def reading(read: Any, description: str) -> Any:
    """A field without arguments that reads what `read` says."""
    return strawberry.field(description=description, metadata={READ: read})


def one_of(description: str, *attributes: str) -> Any:
    """A field that shows whichever of these references is set."""
    return reading(OneOf(tuple(Variant(attribute) for attribute in attributes)), description)


def kind_of(description: str, column: str, **attributes: str) -> Any:
    """A field that shows the attribute, or the same row as the type, that stands beside the column's value."""
    return reading(OneOf(tuple(Variant(name, column, value) for value, name in attributes.items())), description)


def rows(
    of: str | None = None, show: str | None = None, check: Callable[[Arguments], Arguments] = unchecked
) -> Callable[[Callable[..., Any]], Any]:
    """A field whose arguments refine its rows: `refine(statement, **arguments)`; its docstring is the field's too."""

    def declare(refine: Callable[..., Any]) -> Any:
        return resolved(refine, Rows(refine, of, show, check))

    return declare


def resolved(refine: Callable[..., Any], read: Any, added: Mapping[str, Any] | None = None) -> Any:
    """A field with the arguments of `refine` but its first, and `added` ones: name to (annotation, default)."""
    parameters = list(inspect.signature(refine).parameters.values())[1:]
    annotations = {parameter.name: parameter.annotation for parameter in parameters}
    for name, (annotation, default) in (added or {}).items():
        parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default))
        annotations[name] = annotation

    async def resolve(info: strawberry.Info, **_arguments: Any) -> Any:
        return await info.context.read(info)

    info = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info)
    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotations[parameter.name])
        for parameter in parameters
    ]
    returned = refine.__annotations__["return"]
    resolve.__annotations__ = {"info": strawberry.Info, **annotations, "return": returned}
    resolve.__dict__["__signature__"] = inspect.Signature([info, *parameters], return_annotation=returned)
    resolve.__name__, resolve.__module__ = refine.__name__, refine.__module__
    return strawberry.field(resolver=resolve, description=inspect.getdoc(refine), metadata={READ: read})
