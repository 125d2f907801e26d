"""How many of the founders have stayed: presumed, as far as nothing says they left, and confirmed, as far as known."""

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
    """The listed founding partners that are still partners: at least the confirmed, at most the presumed ones."""
    founders, presumed, confirmed = (
        facts.partnerships.founders,
        facts.partnerships.founders_presumed,
        facts.partnerships.founders_confirmed,
    )
    if not founders:
        return Result(MetricState.INSUFFICIENT_DATA, "no founding partner is listed")
    least, most = Decimal(confirmed) / founders, Decimal(presumed) / founders
    retained = Interval(most if least == most else None, least, most)
    counts = (("PRESUMED", presumed), ("CONFIRMED", confirmed), ("LEFT", founders - presumed))
    return Result(
        MetricState.FRESH,
        f"of {founders} founding partners, {presumed} aren't known to have left, and {confirmed} of these are confirmed"
        f" at a later time: {percents(retained)}",
        share(retained),
        slices=tuple(Slice(key, key.capitalize(), count, exact_share(count, founders)) for key, count in counts),
    )


FOUNDING_RETENTION: Final = Metric(
    key="founding_retention",
    title="Founding partners that have stayed",
    description=(
        "Which share of the listed founding partners still are partners, in whatever role. PRESUMED are those of whom"
        " no end is recorded; CONFIRMED are those of them that a source names as partners at a time after they joined."
        " The truth lies between the two. Founders that aren't listed count in neither."
    ),
    formula="founding partners that are still partners ÷ founding partners",
    unit=UNIT,
    version=1,
    reads=(PARTNER_HISTORY,),
    compute=compute,
    # A partnership ends on its last day without any row changing.
    time_dependent=True,
)
