"""All partners of a convener, of which some are listed, and fewer have a known sector."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from db.values.facts import Facts
from db.values.quantity import BoundsBasis, Quantity
from db.values.results import Input, Result, Warning
from db.values.vocabulary import MetricState, Sector
from workers.metrics.claims.evidence import Used, conflicting, low_coverage, weigh
from workers.metrics.numbers.interval import Interval
from workers.metrics.numbers.share import ALL, NONE, share

_KNOWN: Final = tuple(sector for sector in Sector if sector is not Sector.UNKNOWN)


class Whole(NamedTuple):
    """The partners by sector (`listed`), those of known sector, those listed (`present`), and all (`total`).

    `unknown` is the minimum number of partners whose sector is unknown.
    """

    listed: Mapping[Sector, int]
    known: int
    present: int
    total: Interval
    unknown: int
    reported: Used | None
    inputs: tuple[Input, ...]
    warnings: tuple[Warning, ...]

    def share(self, count: int) -> Quantity:
        """A sector's share: at least its `count` known partners, at most all that are not known to belong elsewhere."""
        value, _, upper = self.total
        likely = count / value if value else None
        least = likely if upper == value else count / upper if upper else None
        return share(Interval(likely, least or NONE, 1 - (self.known - count) / upper if upper else ALL))

    def unknown_share(self) -> Quantity:
        """The share of the partners whose sector is unknown."""
        value, lower, upper = (1 - self.known / end if end else None for end in self.total)
        return share(Interval(value, lower or NONE, ALL if upper is None else upper))

    @property
    def basis(self) -> BoundsBasis:
        return self.reported.quantity.bounds_basis if self.reported else BoundsBasis.ASSERTED

    @property
    def as_of(self) -> str | None:
        return self.reported.when.edtf if self.reported and self.reported.when else None


def whole(facts: Facts) -> Whole | Result:
    """All partners: the reported number, or else the listed partners. Without either, a result that explains why."""
    reported, inputs = weigh(facts, "PARTNER_COUNT", "the reported number of partners")
    count = facts.listed
    if reported is None and not count:
        nothing = "no partners are listed, and no claim gives a number for PARTNER_COUNT"
        return Result(MetricState.INSUFFICIENT_DATA, nothing, inputs=inputs)
    total = _total(reported, count)
    if total.upper == 0:
        return Result(MetricState.NOT_APPLICABLE, "there are no partners", inputs=inputs)
    listed = {sector: n for sector in _KNOWN if (n := facts.partners.get(sector))}
    known = sum(listed.values())
    least = total.value if total.value is not None else total.lower or NONE
    warnings = (*_coverage(reported, count), *(conflicting(facts, [reported]) if reported else ()))
    return Whole(listed, known, count, total, int(least) - known, reported, inputs, warnings)


def _total(reported: Used | None, listed: int) -> Interval:
    """The number of partners, at least as many as are listed."""
    if reported is None:
        return Interval.exactly(listed)
    said = Interval.of(reported.quantity)
    value, lower, upper = (None if end is None else max(end, Decimal(listed)) for end in said)
    return Interval(value, lower or Decimal(listed), upper)


def _coverage(reported: Used | None, listed: int) -> list[Warning]:
    if reported is None:
        message = f"No claim gives the number of partners, so the metric uses the number of listed partners, {listed}."
        return [Warning("MISSING_INPUT", message)]
    said = Interval.of(reported.quantity)
    if said.upper is not None and said.upper < listed:
        message = f"{listed} partners are listed, but the reported number is only “{reported.quantity.display}”."
        return [Warning("REPORTED_BELOW_LISTED", message, (reported.claim.node,))]
    return low_coverage(listed, reported)
