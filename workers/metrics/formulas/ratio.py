"""The formula of every metric that divides one claimed number by another."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from db.values.facts import Facts
from db.values.quantity import Quantity
from db.values.reads import Claims, Read
from db.values.results import Result, Warning
from db.values.vocabulary import MetricState
from workers.metrics.claims.evidence import Used, approximate, conflicting, sentence, undated, weigh, year_mismatch
from workers.metrics.numbers import share
from workers.metrics.numbers.interval import CENT, Interval, basis, number, words

CURRENCY: Final = "USD"


class Term(NamedTuple):
    """One side of a quotient: its property, its name in texts, and its unit in the plural (None for money)."""

    key: str
    name: str
    counts: str | None


@dataclass(frozen=True)
class Ratio:
    """A pure formula. `counts` is the unit of the result in the plural, or None for money or a share.

    Money must be in US dollars and is never converted; a share of money may be in any single currency.
    """

    dividend: Term
    divisor: Term
    unit: str
    counts: str | None = None

    @property
    def formula(self) -> str:
        return f"{self.dividend.key} ÷ {self.divisor.key}"

    @property
    def reads(self) -> tuple[Read, ...]:
        return Claims(self.dividend.key), Claims(self.divisor.key)

    def __call__(self, facts: Facts) -> Result:
        """The quotient of the two intervals, with two decimals, or ten for a share."""
        dividend, dividend_inputs = weigh(facts, self.dividend.key, self.dividend.name)
        divisor, divisor_inputs = weigh(facts, self.divisor.key, self.divisor.name)
        inputs = dividend_inputs + divisor_inputs
        if dividend is None or divisor is None:
            missing = " or ".join(
                term.key for term, used in ((self.dividend, dividend), (self.divisor, divisor)) if used is None
            )
            return Result(MetricState.INSUFFICIENT_DATA, f"no claim gives a number for {missing}", inputs=inputs)
        result = self._refusal(dividend, divisor) or self._quotient(dividend, divisor)
        return result._replace(warnings=(*result.warnings, *conflicting(facts, (dividend, divisor))), inputs=inputs)

    def _refusal(self, dividend: Used, divisor: Used) -> Result | None:
        """The result that explains why there is no quotient; None if there is one."""
        money = [used for used, term in ((dividend, self.dividend), (divisor, self.divisor)) if term.counts is None]
        wanted = CURRENCY if self.unit == CURRENCY or not money else _currency(money[0])
        for used in money:
            if (currency := _currency(used)) != wanted:
                return _other_currency(used, currency, wanted)
        _, _, most = Interval.of(divisor.quantity)
        if divisor.quantity.value == 0 or (most is not None and most <= 0):
            nothing = f"cannot divide by {divisor.name}, because it is “{divisor.quantity.display}”"
            return Result(MetricState.NOT_APPLICABLE, nothing)
        return None

    def _quotient(self, dividend: Used, divisor: Used) -> Result:
        above, below = Interval.of(dividend.quantity), Interval.of(divisor.quantity)
        quotient = above.over(below).rounded(share.STEP if self.unit == share.UNIT else CENT)
        if quotient.unbounded:
            nothing = f"“{dividend.quantity.display}” ÷ “{divisor.quantity.display}” has no minimum and no maximum"
            return Result(MetricState.INSUFFICIENT_DATA, nothing)
        return Result(
            MetricState.FRESH,
            self._substitution(above, above.divisors(below), quotient),
            self._quantity(quotient, dividend, divisor),
            warnings=(
                *year_mismatch(dividend, divisor),
                *undated((dividend, divisor)),
                *approximate((dividend, divisor)),
            ),
        )

    def _quantity(self, quotient: Interval, dividend: Used, divisor: Used) -> Quantity:
        bounds, as_of = basis(dividend.quantity, divisor.quantity), dividend.when.edtf if dividend.when else None
        if self.unit == share.UNIT:
            return share.share(quotient, bounds, as_of)
        currency = self.unit if self.counts is None else None
        display = words(quotient, self.counts or self.unit)
        return Quantity(*quotient, self.unit, currency, quotient.comparator, bounds, display, as_of)

    def _substitution(self, dividend: Interval, divisor: Interval, quotient: Interval) -> str:
        """`6,600,000 USD ÷ 37 employees = 178,378.38 USD; at least 6,550,000 ÷ 37.5 = 174,666.67; at most …`."""
        above_unit, below_unit = self.dividend.counts or CURRENCY, self.divisor.counts or CURRENCY
        if self.unit == share.UNIT and self.dividend.counts is None:
            above_unit = below_unit = ""
        parts: list[str] = []
        for bound, above, below, ratio in zip(("", "at least", "at most"), dividend, divisor, quotient, strict=True):
            if above is None or below is None or ratio is None:
                continue
            if not bound:
                terms = f"{number(above)} {above_unit}".rstrip(), f"{number(below)} {below_unit}".rstrip()
                parts.append(f"{terms[0]} ÷ {terms[1]} = {self._said(ratio, self.counts or self.unit)}")
            elif ratio != quotient.value:
                parts.append(f"{bound} {number(above)} ÷ {number(below)} = {self._said(ratio)}")
        return "; ".join(parts)

    def _said(self, ratio: Decimal, unit: str = "") -> str:
        return share.percent(ratio) if self.unit == share.UNIT else f"{number(ratio)} {unit}".rstrip()


def _currency(used: Used) -> str:
    return used.quantity.currency or used.quantity.unit


def _other_currency(used: Used, currency: str, wanted: str) -> Result:
    expected = f"expected {used.name} in {wanted}, got {currency}"
    warning = Warning("CURRENCY_MISMATCH", f"{sentence(expected)}.", (used.claim.node,))
    return Result(MetricState.INSUFFICIENT_DATA, expected, warnings=(warning,))
