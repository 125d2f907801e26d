"""Workstreams, their participants and their outputs."""

from collections import Counter
from fractions import Fraction
from typing import Final

from tests.chaos.oracle.numbers import INSUFFICIENT, MONEY, Derived, exact, part, round_number
from tests.chaos.oracle.record import Record


def participation(record: Record) -> Derived:
    """Return the average number of partners in a workstream, and each sector's share in each workstream."""
    counts = [len(partners) for partners in record.participants.values()]
    if not sum(counts):
        return INSUFFICIENT
    parts = [
        part(f"Workstream:{id}/{sector}", count, len(partners))
        for id, partners in record.participants.items()
        for sector, count in Counter(record.sectors[partner] for partner in partners).items()
    ]
    return Derived("FRESH", round_number(MONEY, *exact(Fraction(sum(counts), len(counts)))), tuple(sorted(parts)))


def outputs(record: Record) -> Derived:
    """Return the average number of outputs of a workstream, and each workstream's share."""
    counts = {id: record.outputs[id] for id in record.participants}
    total = sum(counts.values())
    if not total:
        return INSUFFICIENT
    parts = sorted(part(f"Workstream:{id}", count, total) for id, count in counts.items())
    return Derived("FRESH", round_number(MONEY, *exact(Fraction(total, len(counts)))), tuple(parts))


FORMULAS: Final = {
    "workstream_participation": participation,
    "outputs_per_workstream": outputs,
}
