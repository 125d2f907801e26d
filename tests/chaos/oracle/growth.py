"""The growth of the number of partners from the first to the last dated count."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final, NamedTuple

from tests.chaos.oracle.numbers import (
    INSUFFICIENT,
    NONE,
    NOT_APPLICABLE,
    SHARE,
    Derived,
    Number,
    Span,
    divide,
    round_number,
)
from tests.chaos.oracle.record import Claim, Record

YEAR: Final = Fraction("365.2425")
DAY, MONTH = 1, 31
# This precision is high enough to round like exact numbers.
PRECISION: Final = 50


class Count(NamedTuple):
    """The number of partners at a time."""

    when: Span
    partners: Number


def growth(record: Record) -> Derived:
    """Return the yearly growth rate, with the bounds that follow from the counts and their dates."""
    counts = sorted([*_founding(record), *_dated(record)], key=lambda count: count.when.latest or date.max)
    if len(counts) < 2:
        return INSUFFICIENT
    first, last = counts[0], counts[-1]
    shortest, longest = _years(first.when, last.when)
    if shortest < 1:
        return INSUFFICIENT
    if first.partners.upper == 0:
        return NOT_APPLICABLE
    rate = _rate(divide(last.partners, first.partners), shortest, longest)
    return INSUFFICIENT if rate == NONE else Derived("FRESH", rate)


def _founding(record: Record) -> list[Count]:
    """Return the founders as the first count, if their number and the founding date are claimed."""
    founded, founders = record.claimed("FOUNDING_DATE"), _counts(record, "FOUNDER_COUNT")
    return [Count(founded.value, _merge(founders))] if founded and isinstance(founded.value, Span) and founders else []


def _dated(record: Record) -> list[Count]:
    at: dict[Span, list[Claim]] = defaultdict(list)
    for claim in _counts(record, "PARTNER_COUNT"):
        if claim.during:
            at[claim.during].append(claim)
    return [Count(when, _merge(claims)) for when, claims in at.items()]


def _counts(record: Record, key: str) -> list[Claim]:
    return [claim for claim in record.claims_of(key) if isinstance(claim.value, Number)]


def _merge(claims: Sequence[Claim]) -> Number:
    """Merge the values of the preferred claims, or of all claims if none is preferred."""
    preferred = [claim for claim in claims if claim.rank == "PREFERRED"]
    numbers = [claim.value for claim in preferred or claims if isinstance(claim.value, Number)]
    values, lowers, uppers = ([number[end] for number in numbers] for end in range(3))
    return Number(
        values[0] if len(set(values)) == 1 else None,
        None if None in lowers else min(lowers),
        None if None in uppers else max(uppers),
    )


def _years(first: Span, last: Span) -> tuple[Fraction, Fraction]:
    """Return the fewest and the most years between two times, at the precision of the less precise one."""
    (earliest, latest), (later_earliest, later_latest) = times = _ends(first), _ends(last)
    grain = max((end - start).days + 1 for start, end in times)
    return _between(latest, later_earliest, grain), _between(earliest, later_latest, grain)


def _ends(when: Span) -> tuple[date, date]:
    assert when.earliest is not None, f"expected a time with a start, got {when.edtf}"
    assert when.latest is not None, f"expected a time with an end, got {when.edtf}"
    return when.earliest, when.latest


def _between(one: date, other: date, grain: int) -> Fraction:
    if grain <= DAY:
        return (other - one).days / YEAR
    months = (other.month - one.month) if grain <= MONTH else 0
    return other.year - one.year + Fraction(months, 12)


def _rate(times: Number, shortest: Fraction, longest: Fraction) -> Number:
    """Return the yearly rate. It is lowest if growth took the longest time, or decline the shortest."""
    value, lower, upper = times
    return round_number(
        SHARE,
        _annual(value, shortest) if shortest == longest else None,
        _annual(lower, longest if lower is None or lower >= 1 else shortest),
        _annual(upper, shortest if upper is None or upper >= 1 else longest),
    )


def _annual(times: Fraction | None, years: Fraction) -> Fraction | None:
    if times is None:
        return None
    with localcontext(prec=PRECISION):
        grown = Decimal(times.numerator) / times.denominator
        # The logarithm of 0 is minus infinity, so the result is 0 again.
        return Fraction((grown.ln() * years.denominator / years.numerator).exp()) - 1


FORMULAS: Final = {
    "partner_growth": growth,
}
