"""How fast partners leave: of those at the start of the last full calendar year, the share that left during it."""

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
    """A share; it has bounds if some partners may have joined before or during the year."""
    partners, year = facts.partnerships, facts.today.year - 1
    if not partners.left:
        nothing = "of no listed partner an end is recorded, which doesn't say that none has left"
        return Result(MetricState.INSUFFICIENT_DATA, nothing if partners.ever else "no partner is listed")
    if not partners.year_began + partners.year_began_perhaps:
        return Result(MetricState.NOT_APPLICABLE, f"{year} began without listed partners")
    left = _churn(partners)
    reported, _ = weigh(facts, "PARTNER_COUNT", "the reported number of partners")
    perhaps = partners.year_began_perhaps
    unsure = f", and {perhaps} more of whom no start is known, {partners.year_left_perhaps} of them" if perhaps else ""
    return Result(
        MetricState.FRESH,
        f"{partners.year_left} of the {partners.year_began} partners with whom {year} began left within it{unsure}:"
        f" {percents(left)}",
        share(left, as_of=str(year)),
        warnings=tuple(low_coverage(facts.listed, reported)),
    )


def _churn(partners: Partners) -> Interval:
    """Of the partners without a known start, the lower bound counts those that stayed, the upper those that left."""
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
    title="Partners that leave in a year",
    description=(
        "The share of the partners listed at the start of the last full calendar year that had left by its end. A"
        " partner with several roles leaves with the last of them; one that came back was away in between. Partners"
        " without a known start may have joined during the year, which gives bounds. If no partner has a recorded end,"
        " there is no result: a missing record does not prove that nobody left."
    ),
    formula="partners that left within the year ÷ partners when it began",
    unit=UNIT,
    version=2,
    reads=(PARTNERS, PARTNER_HISTORY, Claims("PARTNER_COUNT")),
    compute=compute,
    time_dependent=True,
)
