"""Which kinds of organization the partners are: counts and shares by sector, with what isn't known said as such."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from db.models.vocabulary import MetricState, Sector
from db.quantity import BoundsBasis, Comparator, Quantity
from workers.metrics.evidence import Used, weigh
from workers.metrics.facts import Facts
from workers.metrics.interval import Interval, number, words
from workers.metrics.metric import Input, Metric, Result, Slice, Warning

UNIT: Final = "organization"
_STEP: Final = Decimal("1E-10")
_NONE: Final = Decimal(0)


class Whole(NamedTuple):
    """All partners: `listed` ones by known sector, and how many there are, of which the rest is `unknown`."""

    listed: Mapping[Sector, int]
    total: Interval
    unknown: int

    def share(self, count: int) -> Quantity:
        """Of `count` partners known to be of a sector: at least theirs, at most what isn't known to be otherwise."""
        others = sum(self.listed.values()) - count
        value, _, upper = self.total
        most = Decimal(1) if not upper else 1 - others / upper
        return _share(Interval(count / value if value else None, count / upper if upper else _NONE, most))

    def unknown_share(self) -> Quantity:
        """The share whose sector isn't known."""
        known = sum(self.listed.values())
        value, lower, upper = (1 - known / end if end else None for end in self.total)
        return _share(Interval(value, lower or _NONE, Decimal(1) if upper is None else upper))


def compute(facts: Facts) -> Result:
    """The listed partners by sector, and UNKNOWN: those reported but not listed, and those listed of unknown sector.

    Without a reported number, the whole is what is listed.
    """
    reported, inputs = weigh(facts, "PARTNER_COUNT", "the reported number of partners")
    listed = {sector: facts.partners[sector] for sector in Sector if facts.partners.get(sector)}
    count = sum(listed.values())
    if reported is None and not count:
        return Result(MetricState.INSUFFICIENT_DATA, "no partner is listed and no number claimed", inputs=inputs)
    total = _total(reported, count)
    if total.upper == 0:
        return Result(MetricState.NOT_APPLICABLE, "there are no partners", inputs=inputs)
    known = {sector: n for sector, n in listed.items() if sector is not Sector.UNKNOWN}
    least = total.value if total.value is not None else total.lower or _NONE
    whole = Whole(known, total, int(least) - sum(known.values()))
    return _breakdown(whole, reported, count, inputs)


def _total(reported: Used | None, listed: int) -> Interval:
    """How many partners there are; never fewer than are listed."""
    said = Interval.of(reported.quantity) if reported else Interval(*[Decimal(listed)] * 3)
    value, lower, upper = (None if end is None else max(end, Decimal(listed)) for end in said)
    return Interval(value, lower or Decimal(listed), upper)


def _breakdown(whole: Whole, reported: Used | None, count: int, inputs: tuple[Input, ...]) -> Result:
    slices = [_slice(sector, n, whole.share(n)) for sector, n in whole.listed.items()]
    if whole.unknown or whole.total.upper is None:
        slices.append(_slice(Sector.UNKNOWN, whole.unknown, whole.unknown_share()))
    return Result(
        MetricState.FRESH,
        _substitution(whole),
        _quantity(whole.total, reported),
        slices=tuple(slices),
        warnings=tuple(_warnings(reported, count)),
        inputs=inputs,
    )


def _warnings(reported: Used | None, listed: int) -> list[Warning]:
    if reported is None:
        return [Warning("MISSING_INPUT", f"No number of partners is claimed; shares are of the {listed} listed.")]
    said = Interval.of(reported.quantity)
    about = (reported.claim.node,)
    if said.upper is not None and said.upper < listed:
        message = f"{listed} partners are listed, though only “{reported.quantity.display}” are reported."
        return [Warning("REPORTED_BELOW_LISTED", message, about)]
    least = said.value or said.lower or _NONE
    if 2 * listed < least:
        message = f"Of “{reported.quantity.display}”, {listed} are listed, so most are of unknown sector."
        return [Warning("LOW_COVERAGE", message, about)]
    return []


def _substitution(whole: Whole) -> str:
    """`INDUSTRY 9, UNKNOWN 128 - 9 = 119; of 128`."""
    known = sum(whole.listed.values())
    total = words(whole.total, "").strip()
    parts = [f"{sector.name} {count}" for sector, count in whole.listed.items()]
    least = whole.unknown + known
    parts.append(f"UNKNOWN {number(least)} - {known} = {whole.unknown}")
    return f"{', '.join(parts)}; of {total}"


def _quantity(total: Interval, reported: Used | None) -> Quantity:
    return Quantity(
        *total,
        unit=UNIT,
        currency=None,
        comparator=total.comparator,
        bounds_basis=reported.quantity.bounds_basis if reported else BoundsBasis.ASSERTED,
        display=words(total, UNIT if total.upper == 1 else f"{UNIT}s"),
        as_of=reported.when.edtf if reported and reported.when else None,
    )


def _slice(sector: Sector, count: int, share: Quantity) -> Slice:
    return Slice(sector.name, sector.name.replace("_", " ").capitalize(), count, share)


def _share(share: Interval) -> Quantity:
    value, lower, upper = share.rounded(_STEP)
    exact = value == lower == upper
    ends = [f"{number(round(end * 100, 2))} %" for end in (value, lower, upper) if end is not None]
    return Quantity(
        value,
        lower,
        upper,
        unit="share",
        currency=None,
        comparator=Comparator.EXACT if exact else Comparator.BETWEEN,
        bounds_basis=BoundsBasis.ASSERTED,
        display=ends[0] if exact else f"{ends[-2]} to {ends[-1]}",
        as_of=None,
    )


PARTNER_TYPE_BREAKDOWN = Metric(
    key="partner_type_breakdown",
    title="Partners by sector",
    description=(
        "How many of the present partners belong to each sector, and which share of all partners that is. Partners"
        " that are reported but not listed are UNKNOWN, so a sector's share lies between what is known to belong to it"
        " and what isn't known to belong elsewhere. A partner that is listed in several roles counts once."
    ),
    formula="listed partners of the sector ÷ PARTNER_COUNT; UNKNOWN = PARTNER_COUNT - listed partners of known sector",
    unit=UNIT,
    version=1,
    depends_on=("organization", "partnership", "claim:PARTNER_COUNT"),
    compute=compute,
    # A partnership ends on its last day without any row changing.
    time_dependent=True,
)
