"""How much of the partnership the registry lists: what every count of the listed partners is to be read beside."""

from typing import Final

from db.values.facts import Facts
from db.values.reads import PARTNERS, Claims
from db.values.results import Result
from db.values.vocabulary import MetricState
from workers.metrics.formulas.whole import whole
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import Interval, words
from workers.metrics.numbers.share import STEP, UNIT, percents, share


def compute(facts: Facts) -> Result:
    """The listed present partners over the reported number of partners, at most the whole."""
    partners = whole(facts)
    if isinstance(partners, Result):
        return partners
    if partners.reported is None:
        nothing = f"{partners.present} partners are listed, but no number is claimed for PARTNER_COUNT"
        return Result(MetricState.INSUFFICIENT_DATA, nothing, inputs=partners.inputs)
    listed = Interval.exactly(partners.present)
    covered = listed.over(partners.total).rounded(STEP)
    if covered.lower is None and partners.present == 0:
        covered = Interval.exactly(0)
    return Result(
        MetricState.FRESH,
        f"{partners.present} listed ÷ {words(partners.total, 'partners')} = {percents(covered)}",
        share(covered, partners.basis, partners.as_of),
        warnings=partners.warnings,
        inputs=partners.inputs,
    )


LISTED_PARTNER_COVERAGE: Final = Metric(
    key="listed_partner_coverage",
    title="Share of the partners that is listed",
    description=(
        "How many of the reported partners the registry lists. Where at least so many are reported, the share is at"
        " most so large. It never exceeds 100 %: where more are listed than reported, the report is warned of. A"
        " partner that is listed in several roles counts once."
    ),
    formula="listed partners ÷ PARTNER_COUNT",
    unit=UNIT,
    version=1,
    reads=(PARTNERS, Claims("PARTNER_COUNT")),
    compute=compute,
    # A partnership ends on its last day without any row changing.
    time_dependent=True,
)
