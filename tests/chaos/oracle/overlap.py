"""The current partners that two conveners share."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from fractions import Fraction
from itertools import permutations
from typing import Final

from tests.chaos.oracle.numbers import Derived, share
from tests.chaos.oracle.record import Record

# A pair with a smaller overlap has no value.
LEAST: Final = Fraction(1, 20)


def overlaps(conveners: Iterable[Record]) -> dict[tuple[int, int], Derived]:
    """Return the shared partners as a share of both conveners' partners, by (convener, peer) in both directions."""
    present = {record.id: set(record.present) for record in conveners}
    having: dict[int, list[int]] = defaultdict(list)
    for id, partners in present.items():
        for partner in partners:
            having[partner].append(id)
    shared = Counter(pair for ids in having.values() for pair in permutations(ids, 2))
    either = {(one, other): len(present[one] | present[other]) for one, other in shared}
    return {
        pair: Derived("FRESH", share(both, either[pair]))
        for pair, both in shared.items()
        if Fraction(both, either[pair]) >= LEAST
    }
