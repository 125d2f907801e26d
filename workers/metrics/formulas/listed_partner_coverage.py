"""The share of the partners that the registry lists. Other counts of listed partners depend on it."""

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
    """The listed current partners divided by the reported number of partners; at most 1."""
    partners = whole(facts)
    if isinstance(partners, Result):
        return partners
    if partners.reported is None:
        nothing = f"{partners.present} partners are listed, but no claim gives a number for PARTNER_COUNT"
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
    title="Share of partners that are listed",
    description=(
        "The share of the reported partners that the registry lists. If the reported number is a minimum, the share is"
        " a maximum. It never exceeds 100 %: if more partners are listed than reported, a warning says so. A partner"
        " that is listed in several roles counts once."
    ),
    formula="listed partners ÷ PARTNER_COUNT",
    unit=UNIT,
    version=1,
    reads=(PARTNERS, Claims("PARTNER_COUNT")),
    compute=compute,
    # A partnership ends on its last day without a change of any row.
    time_dependent=True,
)
