"""The share of founding partners that have stayed: presumed without a recorded end, or confirmed by a source."""

from decimal import Decimal
from typing import Final

from db.values.facts import Facts
from db.values.reads import PARTNER_HISTORY
from db.values.results import Result, Slice
from db.values.vocabulary import MetricState
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import Interval
from workers.metrics.numbers.share import UNIT, exact_share, percents, share


def compute(facts: Facts) -> Result:
    """The share of listed founders that are still partners: at least the confirmed ones, at most the presumed ones."""
    founders, presumed, confirmed = (
        facts.partnerships.founders,
        facts.partnerships.founders_presumed,
        facts.partnerships.founders_confirmed,
    )
    if not founders:
        return Result(MetricState.INSUFFICIENT_DATA, "no founding partners are listed")
    least, most = Decimal(confirmed) / founders, Decimal(presumed) / founders
    retained = Interval(most if least == most else None, least, most)
    counts = (("PRESUMED", presumed), ("CONFIRMED", confirmed), ("LEFT", founders - presumed))
    return Result(
        MetricState.FRESH,
        f"{founders} founding partners, {presumed} not known to have left, {confirmed} of these confirmed by a source"
        f" after they joined: {percents(retained)} have stayed",
        share(retained),
        slices=tuple(Slice(key, key.capitalize(), count, exact_share(count, founders)) for key, count in counts),
    )


FOUNDING_RETENTION: Final = Metric(
    key="founding_retention",
    title="Founding partners that have stayed",
    description=(
        "The share of the listed founding partners that are still partners, in any role. PRESUMED counts the founding"
        " partners that are not known to have left. CONFIRMED counts the presumed partners that a source names as"
        " partners after they joined. The true share lies between the two. Founders that are not listed do not count."
    ),
    formula="founding partners that are still partners ÷ founding partners",
    unit=UNIT,
    version=1,
    reads=(PARTNER_HISTORY,),
    compute=compute,
    # A partnership ends on its last day without a change of any row.
    time_dependent=True,
)
