"""The diversity of a convener's partners across sectors."""

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from tests.chaos.oracle.numbers import INSUFFICIENT, Derived, Number, exact
from tests.chaos.oracle.partners import count_sectors, no_partners, total
from tests.chaos.oracle.record import Record

SECTORS: Final = 7
DIGITS: Final = 6
# This precision is high enough to round like exact numbers.
PRECISION: Final = 50

Shares = Sequence[Fraction]


def entropy(shares: Shares) -> Fraction:
    """Return the Shannon entropy in bits."""
    with localcontext(prec=PRECISION):
        parts = [Decimal(share.numerator) / share.denominator for share in shares if share]
        return Fraction(-sum(part * part.ln() for part in parts) / Decimal(2).ln())


def concentration(shares: Shares) -> Fraction:
    """Return the Herfindahl-Hirschman index."""
    return sum((share * share for share in shares), Fraction(0))


def diversity(index: Callable[[Shares], Fraction]) -> Callable[[Record], Derived]:
    """Return the formula of an index.

    The result is INSUFFICIENT_DATA if the index could have any value that is possible at all.
    """

    def ends(*spreads: Shares) -> list[Fraction]:
        return sorted(round(index(shares), DIGITS) for shares in spreads)

    def formula(record: Record) -> Derived:
        if nothing := no_partners(record):
            return nothing
        most, counts = total(record).upper, [Fraction(count) for count in count_sectors(record).values()]
        if most == sum(counts):
            return Derived("FRESH", exact(*ends([count / most for count in counts])))
        lower, upper = found = ends(_uneven(counts, most), _even(counts, most))
        return INSUFFICIENT if found == ends(_uneven([], None), _even([], None)) else _between(lower, upper)

    return formula


def _between(lower: Fraction, upper: Fraction) -> Derived:
    return Derived("FRESH", Number(None, lower, upper))


def _uneven(counts: Sequence[Fraction], of: Fraction | None) -> Shares:
    """Add all partners of unknown sector to the largest sector.

    Without an upper bound on the number of partners, that sector has all of them.
    """
    if of is None or not counts:
        return [Fraction(1)]
    *others, largest = sorted(counts)
    return [count / of for count in (*others, largest + of - sum(counts))]


def _even(counts: Sequence[Fraction], of: Fraction | None) -> Shares:
    """Spread the partners of unknown sector over the smallest sectors, so that these become equal."""
    if of is None:
        return [Fraction(1, SECTORS)] * SECTORS
    filled = sorted([*counts, *[Fraction(0)] * (SECTORS - len(counts))])
    level = min((of - sum(filled[many:])) / many for many in range(1, SECTORS + 1))
    return [max(count, level) / of for count in filled]


FORMULAS: Final = {
    "partner_type_entropy": diversity(entropy),
    "partner_type_concentration": diversity(concentration),
}
