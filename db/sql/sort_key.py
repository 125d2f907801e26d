"""Numeric order of exact decimals on both databases: SQLite stores them as text, which sorts differently."""

from typing import Any, Final

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

FUNCTION: Final = "decimal_sort_key"
_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")


class sort_key(FunctionElement[Any]):
    """Compare this instead of an `ExactDecimal`: it is a function of ours on SQLite, and the number on Postgres."""

    inherit_cache = True


@compiles(sort_key)
def _number(element: sort_key, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return compiler.process(element.clauses, **options)


@compiles(sort_key, "sqlite")
def _function(element: sort_key, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return f"{FUNCTION}({compiler.process(element.clauses, **options)})"


def sort_key_text(decimal: str | None) -> str | None:
    """Text that sorts like the numbers; `decimal` is in the notation of `db.values.notation.plain`.

    The text begins with the number of digits before the point. Each digit of a negative number becomes its complement.
    """
    if decimal is None:
        return None
    whole, _, fraction = decimal.removeprefix("-").partition(".")
    digits = f"{len(whole):05}{whole}.{fraction}"
    return f"0{digits.translate(_COMPLEMENT)}~" if decimal.startswith("-") else f"1{digits}"
