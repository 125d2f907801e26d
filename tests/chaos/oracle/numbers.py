"""The oracle's values: numbers and dates with bounds, and results."""

from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple

from tests.chaos.snapshot import Row

# Results are rounded to this many digits, half to even.
MONEY, SHARE = 2, 10


class Number(NamedTuple):
    """A number and its bounds. None is an unknown value or an open end."""

    value: Fraction | None
    lower: Fraction | None
    upper: Fraction | None


class Span(NamedTuple):
    """A date in EDTF, and the earliest and latest day that it may mean. None is an open end."""

    edtf: str
    earliest: date | None
    latest: date | None


class Derived(NamedTuple):
    """A result: its state, its number, and its parts as (key, count, share)."""

    outcome: str
    number: Number = Number(None, None, None)
    parts: tuple[tuple[str, int, Number], ...] = ()


NONE: Final = Number(None, None, None)
INSUFFICIENT: Final = Derived("INSUFFICIENT_DATA")
NOT_APPLICABLE: Final = Derived("NOT_APPLICABLE")


def stored_number(row: Row, name: str) -> Number:
    """Return the columns `<name>_value`, `<name>_lower` and `<name>_upper` as they are."""
    return Number(*(_fraction(row[f"{name}_{part}"]) for part in Number._fields))


def claimed_number(row: Row, name: str) -> Number:
    """Return the number that the columns of a quantity mean.

    A value without bounds is exact, unless the comparator is AT_LEAST or AT_MOST.
    """
    value, lower, upper = stored_number(row, name)
    if row[f"{name}_comparator"] == "AT_LEAST":
        return Number(None, lower, upper)
    if row[f"{name}_comparator"] == "AT_MOST":
        return Number(None, lower, value if upper is None else upper)
    return Number(value, value if lower is None else lower, value if upper is None else upper)


def span(row: Row, name: str) -> Span | None:
    """Return the columns `<name>_edtf`, `<name>_earliest` and `<name>_latest`, or None without a date."""
    edtf, earliest, latest = (row[f"{name}_{part}"] for part in Span._fields)
    return None if edtf is None else Span(edtf, day(earliest), day(latest))


def lasts(end: Span | None, on: date) -> bool:
    """Return whether something with this end may still last on that day."""
    return end is None or end.latest is None or end.latest >= on


def day(stored: Any) -> date | None:
    """Return a day, which one of the two drivers returns as text."""
    return None if stored is None else date.fromisoformat(str(stored))


def round_number(digits: int, *parts: Fraction | int | None) -> Number:
    """Round the value and the bounds to this many digits after the point."""
    # `round` rounds a Fraction half to even.
    return Number(*(None if part is None else round(Fraction(part), digits) for part in parts))


def exact(count: int | Fraction) -> Number:
    return Number(*[Fraction(count)] * 3)


def divide(one: Number, other: Number) -> Number:
    """Divide two numbers with bounds. Neither of them is negative."""
    return Number(_divide(one.value, other.value), _divide(one.lower, other.upper), _divide(one.upper, other.lower))


def share(count: int, of: int) -> Number:
    return round_number(SHARE, *exact(Fraction(count, of)))


def part(key: str, count: int, of: int) -> tuple[str, int, Number]:
    return key, count, share(count, of)


def _fraction(stored: Any) -> Fraction | None:
    return None if stored is None else Fraction(str(stored))


def _divide(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return one / other if one is not None and other else None
