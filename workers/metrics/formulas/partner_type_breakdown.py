"""The number and the share of partners in each sector. Partners whose sector is not known are UNKNOWN."""

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
    """The listed partners by sector. UNKNOWN are partners that are not listed, or listed without a known sector.

    If no number is reported, the listed partners are all partners.
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
    """`INDUSTRY 9, UNKNOWN 128 - 9 = 119; 128 partners in all`."""
    total = words(partners.total, "partners")
    parts = [f"{sector.name} {count}" for sector, count in partners.listed.items()]
    least = partners.unknown + partners.known
    parts.append(f"UNKNOWN {number(least)} - {partners.known} = {partners.unknown}")
    return f"{', '.join(parts)}; {total} in all"


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
        " but not listed are UNKNOWN, so the share of a sector has bounds. The lower bound counts the partners known to"
        " belong to the sector. The upper bound counts all partners that are not known to belong to another sector. A"
        " partner that is listed in several roles counts once."
    ),
    formula="listed partners in the sector ÷ PARTNER_COUNT; UNKNOWN = PARTNER_COUNT - listed partners in known sectors",
    unit=UNIT,
    version=1,
    reads=(PARTNERS, Claims("PARTNER_COUNT")),
    compute=compute,
    # A partnership ends on its last day without a change of any row.
    time_dependent=True,
)
