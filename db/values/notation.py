"""The text form of moments and numbers, the same in the database and in answers."""

from datetime import UTC, datetime
from decimal import Decimal


def iso(moment: datetime) -> str:
    """`2026-11-22T19:20:28.000123Z`, always with microseconds, so that text order is time order."""
    # strftime would write the year 999 with three digits.
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def plain(number: Decimal) -> str:
    """The shortest plain notation of a finite decimal: `1E+3` is `1000`, `2.50` is `2.5`, `-0` is `0`."""
    text = unpadded(f"{number:f}")
    return "0" if text in ("-0", "") else text


def unpadded(number: str) -> str:
    """The number without trailing zeros in its fraction: `37.50` becomes `37.5`."""
    return number.rstrip("0").rstrip(".") if "." in number else number
