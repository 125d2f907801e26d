"""How evenly the partners are spread over the sectors: Shannon entropy and Herfindahl-Hirschman index.

Both are Schur-monotone: spreading the partners of unknown sector as evenly as possible gives one bound, and as unevenly
as possible the other. More partners of unknown sector only widen the bounds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log2
from typing import Final

from db.values.facts import Facts
from db.values.quantity import Quantity
from db.values.reads import PARTNERS, Claims
from db.values.results import Result
from db.values.vocabulary import MetricState, Sector
from workers.metrics.formulas.whole import Whole, whole
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import Interval, number, words

SECTORS: Final = len(Sector) - 1
_STEP: Final = Decimal("1E-6")

Index = Callable[[Sequence[float]], float]


def entropy(shares: Sequence[float]) -> float:
    """The Shannon entropy in bits: 0 for one sector, log₂ of the number of sectors if all are equally large."""
    return -sum(share * log2(share) for share in shares if share)


def concentration(shares: Sequence[float]) -> float:
    """The sum of the squared shares: 1 for one sector, 1/n for n sectors of the same size."""
    return sum(share * share for share in shares)


@dataclass(frozen=True)
class Diversity:
    """A pure formula. `name` is the index's name in texts, `counts` its unit in texts."""

    index: Index
    name: str
    unit: str
    counts: str

    def __call__(self, facts: Facts) -> Result:
        """The index if all sectors are known, otherwise its bounds. If every value is possible, there is no result."""
        partners = whole(facts)
        if isinstance(partners, Result):
            return partners
        known = list(partners.listed.values())
        ends = self._ends(known, partners)
        counts = ", ".join(f"{sector.name} {count}" for sector, count in partners.listed.items())
        known_sectors = f"{partners.known} with a known sector" + (f" ({counts})" if counts else "")
        of = f"{words(partners.total, 'partners')}, {known_sectors}"
        if ends is None:
            nothing = f"{of}: the {self.name} may be anything from {' to '.join(map(number, self._any()))}"
            return Result(MetricState.INSUFFICIENT_DATA, nothing, warnings=partners.warnings, inputs=partners.inputs)
        return Result(
            MetricState.FRESH,
            f"{of}: the {self.name} is {words(ends, self.counts).strip()}",
            self._quantity(ends, partners),
            warnings=partners.warnings,
            inputs=partners.inputs,
        )

    def _ends(self, known: Sequence[int], partners: Whole) -> Interval | None:
        """The index or its bounds; None if every value is possible."""
        most = partners.total.upper
        unknown = None if most is None else float(most) - partners.known
        if unknown == 0:
            return Interval.exactly(_rounded(self.index(_shares([float(count) for count in known]))))
        extremes = sorted(map(self.index, (_uneven(known, unknown), _even(known, unknown))))
        lower, upper = map(_rounded, extremes)
        return None if (lower, upper) == self._any() else Interval(None, lower, upper)

    def _any(self) -> tuple[Decimal, Decimal]:
        lower, upper = sorted((self.index([1.0]), self.index([1 / SECTORS] * SECTORS)))
        return _rounded(lower), _rounded(upper)

    def _quantity(self, ends: Interval, partners: Whole) -> Quantity:
        display = words(ends, self.counts).strip()
        return Quantity(*ends, self.unit, None, ends.comparator, partners.basis, display, partners.as_of)


def _uneven(known: Sequence[int], unknown: float | None) -> list[float]:
    """The shares if all partners of unknown sector belong to the largest sector.

    If their number has no maximum, the shares of the other sectors approach 0.
    """
    if unknown is None or not known:
        return [1.0]
    largest, *others = sorted(map(float, known), reverse=True)
    return _shares([largest + unknown, *others])


def _even(known: Sequence[int], unknown: float | None) -> list[float]:
    """The shares if the partners of unknown sector fill up the smallest sectors first, to one level."""
    if unknown is None:
        return [1 / SECTORS] * SECTORS
    counts = sorted([0.0] * (SECTORS - len(known)) + list(map(float, known)))
    level, left = counts[0], unknown
    for filled, count in enumerate(counts[1:], 1):
        if (count - level) * filled >= left:
            return _shares([max(one, level + left / filled) for one in counts])
        left -= (count - level) * filled
        level = count
    return _shares([level + left / SECTORS] * SECTORS)


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts)
    return [count / total for count in counts]


def _rounded(index: float) -> Decimal:
    # Adding 0 makes a negative zero a plain one.
    return Decimal(index).quantize(_STEP) + 0


_NOTE: Final = (
    " Partners that are reported but not listed, or listed with an unknown sector, may belong to any of the seven"
    " sectors, so the result has bounds. If every value is possible, there is no result."
)
_ENTROPY: Final = Diversity(entropy, "entropy", "bit", "bit")
_CONCENTRATION: Final = Diversity(concentration, "concentration", "index", "")
_READS: Final = (PARTNERS, Claims("PARTNER_COUNT"))

PARTNER_TYPE_ENTROPY: Final = Metric(
    key="partner_type_entropy",
    title="Diversity of the partners' sectors",
    description=(
        "The Shannon entropy of the partners' sectors, in bits: 0 if all partners belong to one sector, 2.81 if the"
        " seven sectors are equally large." + _NOTE
    ),
    formula="-Σ (share of the sector · log₂ share of the sector)",
    unit=_ENTROPY.unit,
    version=1,
    reads=_READS,
    compute=_ENTROPY,
    # A partnership ends on its last day without a change of any row.
    time_dependent=True,
)

PARTNER_TYPE_CONCENTRATION: Final = Metric(
    key="partner_type_concentration",
    title="Concentration of the partners' sectors",
    description=(
        "The Herfindahl-Hirschman index of the partners' sectors: 1 if all partners belong to one sector, 0.14 if the"
        " seven sectors are equally large." + _NOTE
    ),
    formula="Σ (share of the sector)²",
    unit=_CONCENTRATION.unit,
    version=1,
    reads=_READS,
    compute=_CONCENTRATION,
    time_dependent=True,
)
