"""The compiler refuses every field that it was not told how to compile."""

from typing import Any

import pytest
import strawberry
from graphql import parse, validate
from graphql.execution.values import VariableValues
from sqlalchemy.dialects import sqlite
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from db import models
from schema.compile.compiler import Compiler, Graph, Unplannable
from schema.compile.declare import entity, rows
from schema.scalars import SCALARS


class Nobody(BasePermission):
    message = "nobody may see this"

    def has_permission(self, source: Any, info: strawberry.Info, **_: Any) -> bool:
        return False


class Unknown(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        return next_(source, info, **arguments)


@entity(models.Person)
class Guarded:
    """A person with some fields that need more than a column."""

    name: str
    version: int = strawberry.field(permission_classes=[Nobody])
    created: str = strawberry.field(extensions=[Unknown()], name="createdAt")
    unheard_of: str

    @strawberry.field
    def id(self) -> str:
        return "not the column's"


@strawberry.type
class Query:
    @rows()
    def people(people: Any) -> list[Guarded]:
        """Return all people."""
        return people


SCHEMA = strawberry.Schema(Query, config=strawberry.schema.config.StrawberryConfig(scalar_map=SCALARS))


def compile_(selection: str) -> Any:
    document = parse(f"{{ people {{ {selection} }} }}")
    graph = Graph(SCHEMA)
    assert validate(graph.core, document) == []
    operation: Any = document.definitions[0]
    return Compiler(graph, sqlite.dialect(), operation, {}, VariableValues({}, {})).operation()


def test_a_column_of_the_same_name_is_compiled() -> None:
    assert "person.name" in str(compile_("name __typename"))


@pytest.mark.parametrize("field", ["id", "version", "createdAt", "unheardOf"])
def test_a_resolver_permission_extension_or_unknown_name_is_not_compiled(field: str) -> None:
    with pytest.raises(Unplannable, match=f"Guarded.{field}|Guarded"):
        compile_(f"name {field}")
