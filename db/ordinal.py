"""The order of exact decimals by their numbers: SQLite keeps them as text, whose own order is another."""

from typing import Any, Final

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

FUNCTION: Final = "decimal_ordinal"
_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")


class ordinal(FunctionElement[Any]):
    """What to compare in place of an `ExactDecimal`: an SQL function of its own on SQLite, the number on Postgres."""

    inherit_cache = True


@compiles(ordinal)
def _number(element: ordinal, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return compiler.process(element.clauses, **options)


@compiles(ordinal, "sqlite")
def _function(element: ordinal, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return f"{FUNCTION}({compiler.process(element.clauses, **options)})"


def ordinal_text(decimal: str | None) -> str | None:
    """Text that is ordered as the numbers are; of a decimal as `db.types.plain` writes it, without superfluous zeros.

    The number of digits before the point comes first; of a negative number each digit is replaced by its complement.
    """
    if decimal is None:
        return None
    whole, _, fraction = decimal.removeprefix("-").partition(".")
    digits = f"{len(whole):05}{whole}.{fraction}"
    return f"0{digits.translate(_COMPLEMENT)}~" if decimal.startswith("-") else f"1{digits}"
