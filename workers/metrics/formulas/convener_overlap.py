"""The share of partners that two conveners have in common: the Jaccard index."""

from typing import Final

from db.values.reads import SHARED_PARTNERS
from db.values.results import Overlap, Result
from db.values.vocabulary import MetricState
from workers.metrics.metric import Comparison
from workers.metrics.numbers.share import UNIT, exact_share

# Overlaps below 1 in 20 are not stored. This bounds the peers of a convener by 20 times the other conveners that its
# average partner has, however large the registry is.
ONE_IN: Final = 20


def compute(overlap: Overlap) -> Result:
    """The number of listed current partners of both conveners, divided by that of one or both."""
    either = overlap.one + overlap.other - overlap.shared
    if not either:
        return Result(MetricState.NOT_APPLICABLE, "neither convener has listed partners")
    value = exact_share(overlap.shared, either)
    counts = f"{overlap.shared} partners of both ÷ {either} partners of one or both"
    return Result(MetricState.FRESH, f"{counts} = {value.display}", value)


CONVENER_OVERLAP: Final = Comparison(
    key="convener_overlap",
    title="Partners in common",
    description=(
        "The number of current partners that two conveners have in common, divided by the number of partners that at"
        " least one of them has (the Jaccard index). Both conveners have this value, each with the other as its peer."
        " Pairs that share less than 5 % have no value. Only listed partners count, so also read"
        " listed_partner_coverage of both conveners. A partner that is listed in several roles counts once."
    ),
    formula="partners listed by both ÷ partners listed by one or both",
    unit=UNIT,
    version=1,
    reads=(SHARED_PARTNERS,),
    compute=compute,
    # A partnership ends on its last day without a change of any row.
    time_dependent=True,
)
