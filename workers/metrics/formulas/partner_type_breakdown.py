"""Which kinds of organization the partners are: counts and shares by sector, with what isn't known said as such."""

from typing import Final

from db.values.facts import Facts
from db.values.quantity import Quantity
from db.values.reads import PARTNERS, Claims
from db.values.results import Result, Slice
from db.values.vocabulary import MetricState, Sector
from workers.metrics.formulas.whole import Whole, whole
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import number, words

UNIT: Final = "organization"


def compute(facts: Facts) -> Result:
    """The listed partners by sector, and UNKNOWN: those reported but not listed, and those listed of unknown sector.

    Without a reported number, the whole is what is listed.
    """
    partners = whole(facts)
    if isinstance(partners, Result):
        return partners
    slices = [_slice(sector, n, partners.share(n)) for sector, n in partners.listed.items()]
    if partners.unknown or partners.total.upper is None:
        slices.append(_slice(Sector.UNKNOWN, partners.unknown, partners.unknown_share()))
    return Result(
        MetricState.FRESH,
        _substitution(partners),
        _quantity(partners),
        slices=tuple(slices),
        warnings=partners.warnings,
        inputs=partners.inputs,
    )


def _substitution(partners: Whole) -> str:
    """`INDUSTRY 9, UNKNOWN 128 - 9 = 119; of 128`."""
    total = words(partners.total, "").strip()
    parts = [f"{sector.name} {count}" for sector, count in partners.listed.items()]
    least = partners.unknown + partners.known
    parts.append(f"UNKNOWN {number(least)} - {partners.known} = {partners.unknown}")
    return f"{', '.join(parts)}; of {total}"


def _quantity(partners: Whole) -> Quantity:
    total = partners.total
    display = words(total, UNIT if total.upper == 1 else f"{UNIT}s")
    return Quantity(*total, UNIT, None, total.comparator, partners.basis, display, partners.as_of)


def _slice(sector: Sector, count: int, share: Quantity) -> Slice:
    key = sector.name
    return Slice(key, key.replace("_", " ").capitalize(), count, share)


PARTNER_TYPE_BREAKDOWN: Final = Metric(
    key="partner_type_breakdown",
    title="Partners by sector",
    description=(
        "The number of current partners in each sector, and their share of all partners. Partners that are reported"
        " but not listed are UNKNOWN, so a sector's share lies between the partners known to belong to it and those"
        " not known to belong elsewhere. A partner that is listed in several roles counts once."
    ),
    formula="listed partners of the sector ÷ PARTNER_COUNT; UNKNOWN = PARTNER_COUNT - listed partners of known sector",
    unit=UNIT,
    version=1,
    reads=(PARTNERS, Claims("PARTNER_COUNT")),
    compute=compute,
    # A partnership ends on its last day without a change of any row.
    time_dependent=True,
)
