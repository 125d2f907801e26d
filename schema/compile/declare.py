"""Declarations that tell the compiler which model a GraphQL type shows, and what each field reads.

A plain annotation reads the model's attribute of the same name. The classes below are the other kinds of field; each
writes itself as SQL text. The compiler does not support fields with other resolvers.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

import strawberry
from sqlalchemy import Select, literal_column

# Importing it makes the enums. Otherwise Strawberry makes others, without descriptions, when a type names a vocabulary.
from schema.compile import vocabulary as vocabulary
from schema.compile.dialect import Sql, constant
from schema.compile.field import Field
from schema.compile.protocols import Arguments, FieldCompiler, Reading
from schema.compile.row import Row

T = TypeVar("T")

MODEL = "__convene_model__"
CANONICAL = "__convene_canonical__"
VALUE = "__convene_value__"
READ = "convene.read"


def entity(model: type) -> Callable[[type[T]], type[T]]:
    """Declares the main GraphQL type of a table: every reference to a row of it shows this type."""

    def declare(cls: type[T]) -> type[T]:
        setattr(cls, CANONICAL, True)
        return view(model)(cls)

    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def view(model: type) -> Callable[[type[T]], type[T]]:
    """Declares another GraphQL type for the rows of a table, beside the one that `entity` declares."""

    def declare(cls: type[T]) -> type[T]:
        setattr(cls, MODEL, model)
        return strawberry.type(cls, description=inspect.getdoc(cls))

    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def embedded(value: type) -> Callable[[type[T]], type[T]]:
    """Declares the GraphQL type of a composite value: a dataclass stored in several columns of a row."""

    def declare(cls: type[T]) -> type[T]:
        setattr(cls, VALUE, value)
        return strawberry.type(cls, description=inspect.getdoc(cls))

    return declare


def accept_all(arguments: Arguments) -> Arguments:
    return arguments


@dataclass(frozen=True)
class Rows:
    """Rows of a relationship, or of a whole table at the root; `refine` filters and orders them.

    `of` names the relationship; by default it has the field's name. `show` names an attribute to show instead of the
    row.
    """

    refine: Callable[..., Select[Any]]
    of: str | None = None
    show: str | None = None
    check: Callable[[Arguments], Arguments] = accept_all

    def text(self, compiler: FieldCompiler, row: Row | None, field: Field) -> Sql:
        source = compiler.origin(row, field, self.of, field.type)
        return compiler.rows(source.refined(self.refine, compiler.arguments(field, self)), field, self.show)


@dataclass(frozen=True)
class Part:
    """The same row, shown as another type."""

    def text(self, compiler: FieldCompiler, row: Row | None, field: Field) -> Sql:
        assert row is not None
        return compiler.item(row, field.type, field.details)


@dataclass(frozen=True)
class Variant:
    """One alternative of an abstract field. It applies if the column `when` equals `equals`.

    Without `when`, it applies if `attribute` is not null. `attribute` names a relationship, a composite, or a GraphQL
    type that shows the same row.
    """

    attribute: str
    when: str | None = None
    equals: str = ""

    def condition(self, row: Row) -> str | None:
        return None if self.when is None else f"{row[self.when]} = {constant(self.equals)}"


@dataclass(frozen=True)
class OneOf:
    """An interface or a union: shows the first variant whose condition holds, or null if none holds."""

    variants: tuple[Variant, ...]

    def text(self, compiler: FieldCompiler, row: Row | None, field: Field) -> Sql:
        assert row is not None
        return compiler.choice(
            compiler.variant(row, variant.attribute, variant.condition(row), field) for variant in self.variants
        )


@dataclass(frozen=True)
class AnyNode:
    """The row of any table that two columns refer to: one with the type's name, one with the number."""

    type_name: str
    number: str

    def text(self, compiler: FieldCompiler, row: Row | None, field: Field) -> Sql:
        assert row is not None
        return compiler.choice(
            (
                f"{row[self.type_name]} = {constant(name)}",
                compiler.by_number(name, literal_column(row[self.number]), field),
            )
            for name in sorted(compiler.entities)
        )


def reading(read: Reading, description: str) -> Any:
    """A field without arguments that `read` compiles."""
    return strawberry.field(description=description, metadata={READ: read})


def one_of(description: str, *columns: str) -> Any:
    """A field that shows the row of the first of these references that is set."""
    return reading(OneOf(tuple(Variant(column.removesuffix("_id")) for column in columns)), description)


def kind_of(description: str, column: str, **attributes: str) -> Any:
    """A field that chooses by a column: `attributes` maps its values to the attribute or GraphQL type to show."""
    return reading(OneOf(tuple(Variant(name, column, value) for value, name in attributes.items())), description)


def rows(
    of: str | None = None, show: str | None = None, check: Callable[[Arguments], Arguments] = accept_all
) -> Callable[[Callable[..., Any]], Any]:
    """A field whose arguments refine its rows by `refine(statement, **arguments)`, described by its docstring."""

    def declare(refine: Callable[..., Any]) -> Any:
        return make_field(refine, Rows(refine, of, show, check))

    return declare


def make_field(refine: Callable[..., Any], read: Reading, added: Mapping[str, Any] | None = None) -> Any:
    """A field with the arguments of `refine` except the first, and those of `added`.

    `added` maps a name to its annotation and default.
    """
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
