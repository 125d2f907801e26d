"""The order of exact decimals by their numbers: SQLite keeps them as text, whose own order is another."""

from typing import Any, Final

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

FUNCTION: Final = "decimal_sort_key"
_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")


class sort_key(FunctionElement[Any]):
    """What to compare in place of an `ExactDecimal`: an SQL function of its own on SQLite, the number on Postgres."""

    inherit_cache = True


@compiles(sort_key)
def _number(element: sort_key, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return compiler.process(element.clauses, **options)


@compiles(sort_key, "sqlite")
def _function(element: sort_key, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return f"{FUNCTION}({compiler.process(element.clauses, **options)})"


def sort_key_text(decimal: str | None) -> str | None:
    """Text that sorts as the numbers do; `decimal` is in the notation of `db.values.notation.plain`.

    The number of digits before the point comes first; of a negative number each digit is replaced by its complement.
    """
    if decimal is None:
        return None
    whole, _, fraction = decimal.removeprefix("-").partition(".")
    digits = f"{len(whole):05}{whole}.{fraction}"
    return f"0{digits.translate(_COMPLEMENT)}~" if decimal.startswith("-") else f"1{digits}"
