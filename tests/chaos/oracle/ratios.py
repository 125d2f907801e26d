"""The quotient of two claimed numbers."""

from collections.abc import Callable
from typing import Final

from tests.chaos.oracle.numbers import (
    INSUFFICIENT,
    MONEY,
    NONE,
    NOT_APPLICABLE,
    SHARE,
    Derived,
    Number,
    divide,
    round_number,
)
from tests.chaos.oracle.record import Claim, Record


def is_in_dollars(one: Claim, _other: Claim) -> bool:
    """Return whether the money is in dollars. Currencies are never converted."""
    return one.unit == "USD"


def have_one_currency(one: Claim, other: Claim) -> bool:
    return one.unit == other.unit


def have_any_units(_one: Claim, _other: Claim) -> bool:
    return True


def ratio(
    dividend: str, divisor: str, digits: int, fit: Callable[[Claim, Claim], bool] = have_any_units
) -> Callable[[Record], Derived]:
    """Return the formula of a quotient. `fit` returns whether the two claims can be divided."""

    def formula(record: Record) -> Derived:
        one, other = record.claimed(dividend), record.claimed(divisor)
        return INSUFFICIENT if one is None or other is None or not fit(one, other) else _quotient(one, other, digits)

    return formula


def _quotient(dividend: Claim, divisor: Claim, digits: int) -> Derived:
    one, other = dividend.value, divisor.value
    assert isinstance(one, Number), f"expected a number for {dividend.key}, got {one}"
    assert isinstance(other, Number), f"expected a number for {divisor.key}, got {other}"
    if other.value == 0 or other.upper == 0:
        return NOT_APPLICABLE
    quotient = round_number(digits, *divide(one, other))
    return INSUFFICIENT if quotient == NONE else Derived("FRESH", quotient)


def industry_funding(record: Record) -> Derived:
    """Return industry's part of the revenue.

    It is at most 1. If it is certainly more, the claims contradict each other and there is no result.
    """
    outcome, (value, lower, upper), _ = derived = _OF_REVENUE(record)
    if outcome != "FRESH":
        return derived
    if (lower or value or 0) > 1:
        return INSUFFICIENT
    capped = (None if end is None else min(end, 1) for end in (value, lower, 1 if upper is None else upper))
    return Derived(outcome, round_number(SHARE, *capped))


_OF_REVENUE = ratio("INDUSTRY_FUNDING", "ANNUAL_REVENUE", SHARE, have_one_currency)


FORMULAS: Final = {
    "revenue_per_employee": ratio("ANNUAL_REVENUE", "EMPLOYEES", MONEY, is_in_dollars),
    "revenue_per_partner": ratio("ANNUAL_REVENUE", "PARTNER_COUNT", MONEY, is_in_dollars),
    "partners_per_employee": ratio("PARTNER_COUNT", "EMPLOYEES", MONEY),
    "founding_share": ratio("FOUNDER_COUNT", "PARTNER_COUNT", SHARE),
    "industry_funding_share": industry_funding,
}
