"""Churn: the share of the partners at the start of the last calendar year that left during that year."""

from decimal import Decimal
from typing import Final

from db.values.facts import Facts, Partners
from db.values.reads import PARTNER_HISTORY, PARTNERS, Claims
from db.values.results import Result
from db.values.vocabulary import MetricState
from workers.metrics.claims.evidence import low_coverage, weigh
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import Interval
from workers.metrics.numbers.share import UNIT, percents, share


def compute(facts: Facts) -> Result:
    """The share of partners that left. It has bounds if partners may have joined either before or during the year."""
    partners, year = facts.partnerships, facts.today.year - 1
    if not partners.left:
        nothing = "no listed partner has a recorded end, which does not prove that none has left"
        return Result(MetricState.INSUFFICIENT_DATA, nothing if partners.ever else "no partner is listed")
    if not partners.year_began + partners.year_began_perhaps:
        return Result(MetricState.NOT_APPLICABLE, f"no partners are listed for the start of {year}")
    left = _churn(partners)
    reported, _ = weigh(facts, "PARTNER_COUNT", "the reported number of partners")
    perhaps = partners.year_began_perhaps
    unsure = f"; of {perhaps} more with an unknown start, {partners.year_left_perhaps} left" if perhaps else ""
    return Result(
        MetricState.FRESH,
        f"{partners.year_left} of the {partners.year_began} partners at the start of {year} left during the year"
        f"{unsure}: {percents(left)}",
        share(left, as_of=str(year)),
        warnings=tuple(low_coverage(facts.listed, reported)),
    )


def _churn(partners: Partners) -> Interval:
    """The share with its bounds. A partner without a known start may or may not count.

    The lower bound counts those of them that stayed, and the upper bound those that left.
    """
    left, began = partners.year_left, partners.year_began
    stayed_perhaps = partners.year_began_perhaps - partners.year_left_perhaps
    least, most = (
        (left, began + stayed_perhaps),
        (left + partners.year_left_perhaps, began + partners.year_left_perhaps),
    )
    lower, upper = (Decimal(count) / of if of else None for count, of in (least, most))
    lower, upper = lower or Decimal(0), Decimal(1) if upper is None else upper
    return Interval(lower if lower == upper else None, lower, upper)


PARTNER_CHURN: Final = Metric(
    key="partner_churn",
    title="Partners that left last year",
    description=(
        "Of the partners at the start of the last full calendar year, the share that had left by its end. A partner"
        " with several roles leaves when its last role ends. A partner that comes back later counts as absent in"
        " between. A partner without a known start may have joined during the year, so the share then has bounds. If"
        " no partner has a recorded end, there is no result, because a missing record does not prove that none left."
    ),
    formula="partners that left during the year ÷ partners at its start",
    unit=UNIT,
    version=2,
    reads=(PARTNERS, PARTNER_HISTORY, Claims("PARTNER_COUNT")),
    compute=compute,
    time_dependent=True,
)
