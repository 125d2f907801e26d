"""Numeric order of exact decimals on both databases: SQLite stores them as text, which sorts differently."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from db.connections.sort_key import FUNCTION


class sort_key(FunctionElement[Any]):
    """Compare this instead of an `ExactDecimal`: it is a function of ours on SQLite, and the number on Postgres."""

    inherit_cache = True


@compiles(sort_key)
def _number(element: sort_key, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return compiler.process(element.clauses, **options)


@compiles(sort_key, "sqlite")
def _function(element: sort_key, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return f"{FUNCTION}({compiler.process(element.clauses, **options)})"
