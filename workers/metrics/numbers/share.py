"""Shares: numbers from 0 to 1, displayed as percentages."""

from decimal import Decimal
from functools import lru_cache
from typing import Final

from db.values.notation import unpadded
from db.values.quantity import BoundsBasis, Comparator, Quantity
from workers.metrics.numbers.interval import Interval

UNIT: Final = "share"
STEP: Final = Decimal("1E-10")
NONE: Final = Decimal(0)
ALL: Final = Decimal(1)


# The cache helps because organizations with few partners have the same shares.
@lru_cache(maxsize=4096)
def share(interval: Interval, basis: BoundsBasis = BoundsBasis.ASSERTED, as_of: str | None = None) -> Quantity:
    """The interval as a quantity that displays as percentages; needs a value or a bound."""
    rounded = value, lower, upper = interval.rounded(STEP)
    comparator = rounded.comparator
    if value is not None and lower is not None and upper is not None and comparator is Comparator.APPROXIMATE:
        comparator = Comparator.BETWEEN
    return Quantity(value, lower, upper, UNIT, None, comparator, basis, percents(rounded), as_of)


def exact_share(count: int, of: int) -> Quantity:
    """`count` ÷ `of` as an exact share. `of` must not be 0."""
    return share(Interval.exactly(Decimal(count) / of))


def percent(share: Decimal) -> str:
    """`7.03 %`."""
    return f"{unpadded(f'{share:,.2%}'[:-1])} %"


def percents(interval: Interval) -> str:
    """`4.69 %`, `7.03 % to 100 %`, `at least 20 %`."""
    value, lower, upper = interval
    if lower is not None and upper is not None:
        return percent(lower) if lower == upper else f"{percent(lower)} to {percent(upper)}"
    if value is not None:
        return percent(value)
    return f"at least {percent(lower)}" if lower is not None else f"at most {percent(upper or NONE)}"
