"""Assessments of an organization, and positions on its issues."""

from collections import Counter
from fractions import Fraction
from typing import Final

from tests.chaos.oracle.numbers import INSUFFICIENT, NOT_APPLICABLE, SHARE, Derived, exact, part, round_number
from tests.chaos.oracle.record import Record

RATINGS: Final = ("VERY_LOW", "LOW", "MODERATE", "HIGH", "VERY_HIGH")


def assessments(record: Record) -> Derived:
    """Return the median rating, from 1 to 5, and the number of assessments with each rating."""
    if not record.ratings:
        return INSUFFICIENT
    at = sorted(RATINGS.index(rating) + 1 for rating in record.ratings)
    low, high = at[(len(at) - 1) // 2], at[len(at) // 2]
    parts = sorted(part(rating, count, len(at)) for rating, count in Counter(record.ratings).items())
    return Derived("FRESH", round_number(0, low if low == high else None, low, high), tuple(parts))


def stances(record: Record) -> Derived:
    """Return (defenders - critics) / (defenders + critics)."""
    critics, defenders = record.stances["CRITIC"], record.stances["DEFENDER"]
    if not record.stances.total():
        return INSUFFICIENT
    if not critics + defenders:
        return NOT_APPLICABLE
    parts = sorted(part(stance, count, record.stances.total()) for stance, count in record.stances.items())
    balance = Fraction(defenders - critics, critics + defenders)
    return Derived("FRESH", round_number(SHARE, *exact(balance)), tuple(parts))


FORMULAS: Final = {
    "assessment_profile": assessments,
    "stance_balance": stances,
}
