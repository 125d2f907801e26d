"""The participation of frontier labs."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from tests.chaos.oracle.numbers import INSUFFICIENT, SHARE, Derived, Number, exact, part, round_number
from tests.chaos.oracle.record import Record, best

WORDS: Final[Mapping[object, Number]] = {
    "ALL": exact(1),
    "MOST": Number(None, Fraction(1, 2), Fraction(1)),
    "SOME": Number(None, Fraction(0), Fraction(1)),
    "NONE": exact(0),
}


def participation(record: Record) -> Derived:
    """Return the claimed share of all labs or, without such a claim, the share of named labs that take part."""
    claim_of_all = best(claim for claim in record.claims_of("FRONTIER_LAB_PARTICIPATION") if claim.value in WORDS)
    named = {claim.value for claim in record.claims_of("FRONTIER_LAB") if isinstance(claim.value, int)}
    listed = sum(_takes_part(record, lab) for lab in named)
    if not claim_of_all and not named:
        return INSUFFICIENT
    counts = (("LISTED", listed), ("NOT_LISTED", len(named) - listed)) if named else ()
    share = WORDS[claim_of_all.value] if claim_of_all else _counted(listed, len(named))
    return Derived("FRESH", share, tuple(part(key, count, len(named)) for key, count in counts))


def _takes_part(record: Record, lab: int) -> bool:
    """Return whether the lab takes part itself or through its parent or predecessor."""
    return not {lab, *record.above.get(lab, ())}.isdisjoint(record.present)


def _counted(listed: int, named: int) -> Number:
    # A lab that is not listed may still take part.
    return round_number(SHARE, 1 if listed == named else None, Fraction(listed, named), 1)


FORMULAS: Final = {
    "frontier_lab_participation": participation,
}
