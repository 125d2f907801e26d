"""How much two conveners have in common: of the partners that either has, the share that both have, after Jaccard."""

from typing import Final

from db.values.reads import SHARED_PARTNERS
from db.values.results import Overlap, Result
from db.values.vocabulary import MetricState
from workers.metrics.metric import Comparison
from workers.metrics.numbers.share import UNIT, exact_share

# Smaller overlaps than one in so many aren't kept. So a convener has at most so many times as many peers as its
# partners have other conveners on average, however large the registry is.
ONE_IN: Final = 20


def compute(overlap: Overlap) -> Result:
    """The listed present partners that both have over those that either has."""
    either = overlap.one + overlap.other - overlap.shared
    if not either:
        return Result(MetricState.NOT_APPLICABLE, "neither has listed partners")
    value = exact_share(overlap.shared, either)
    return Result(MetricState.FRESH, f"{overlap.shared} shared ÷ {either} in either = {value.display}", value)


CONVENER_OVERLAP: Final = Comparison(
    key="convener_overlap",
    title="Partners in common",
    description=(
        "Of the present partners that two conveners list, the share that both list: Jaccard's index. Each pair has a"
        " value from either side, whose peer is the other one; pairs that share less than 5 % have none. Partners that"
        " are reported but not listed don't count, so it is to be read beside both conveners' listed_partner_coverage."
        " A partner that is listed in several roles counts once."
    ),
    formula="listed partners of both ÷ listed partners of either",
    unit=UNIT,
    version=1,
    reads=(SHARED_PARTNERS,),
    compute=compute,
    # A partnership ends on its last day without any row changing.
    time_dependent=True,
)
