"""How many partners two conveners have in common: the Jaccard index."""

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
    """The listed current partners of both divided by those of either."""
    either = overlap.one + overlap.other - overlap.shared
    if not either:
        return Result(MetricState.NOT_APPLICABLE, "neither has listed partners")
    value = exact_share(overlap.shared, either)
    return Result(MetricState.FRESH, f"{overlap.shared} shared ÷ {either} in either = {value.display}", value)


CONVENER_OVERLAP: Final = Comparison(
    key="convener_overlap",
    title="Partners in common",
    description=(
        "The current partners that both of two conveners list, as a share of the partners that either lists (the"
        " Jaccard index). Each pair has a value on both sides, with the other convener as its peer. Pairs that share"
        " less than 5 % have no value. Partners that are reported but not listed do not count, so read it together"
        " with listed_partner_coverage of both conveners. A partner that is listed in several roles counts once."
    ),
    formula="listed partners of both ÷ listed partners of either",
    unit=UNIT,
    version=1,
    reads=(SHARED_PARTNERS,),
    compute=compute,
    # A partnership ends on its last day without a change of any row.
    time_dependent=True,
)
