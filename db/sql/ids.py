"""Lists of ids as one parameter: the statement's text does not depend on the list's length."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _Ids(TypeDecorator[list[int]]):
    """An array on Postgres, JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(BigInteger))

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        # SQLAlchemy would compare a boolean function with 1 on SQLite, which then cannot use the index.
        return self


def among(column: Any, ids: Iterable[int]) -> Any:
    """The condition that the column holds one of the ids."""
    return _Among(column, bindparam(None, list(ids), type_=_Ids(), unique=True))


def among_given(column: Any, name: str) -> Any:
    """The condition that the column holds one of the ids in the statement's parameter `name`."""
    return _Among(column, bindparam(name, type_=_Ids()))


@compiles(_Among)
def _array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({ids})"


@compiles(_Among, "sqlite")
def _json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"
