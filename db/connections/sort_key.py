"""The function of ours that each SQLite connection has, because SQLite stores decimals as text."""

from typing import Final

FUNCTION: Final = "decimal_sort_key"
_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")


def sort_key_text(decimal: str | None) -> str | None:
    """Text that sorts like the numbers; `decimal` is in the notation of `db.values.notation.plain`.

    The text begins with the number of digits before the point. Each digit of a negative number becomes its complement.
    """
    if decimal is None:
        return None
    whole, _, fraction = decimal.removeprefix("-").partition(".")
    digits = f"{len(whole):05}{whole}.{fraction}"
    return f"0{digits.translate(_COMPLEMENT)}~" if decimal.startswith("-") else f"1{digits}"
