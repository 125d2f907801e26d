"""The support for claims, and the conflicts between them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

from tests.chaos.oracle.numbers import INSUFFICIENT, Derived, Number, Span, part, share
from tests.chaos.oracle.record import Claim, Record, best


class Dispute(NamedTuple):
    """The key of a conflict: a property that has differing claims about an organization or one of its workstreams."""

    organization: int
    subject: str
    property_id: int

    @property
    def organizations(self) -> set[int | None]:
        """The organizations whose marks make the conflict stale."""
        return {self.organization}


class Conflict(NamedTuple):
    claims: tuple[int, ...]
    compatible: bool
    chosen: int | None


def quality(record: Record) -> Derived:
    """Return the share of claims that have a date and two sources, and count the claims that lack either."""
    claims = [claim for claim in record.claims if claim.rank != "DEPRECATED"]
    if not claims:
        return INSUFFICIENT
    dated = [claim for claim in claims if claim.during or isinstance(claim.value, Span)]
    sources = Counter(min(claim.sources, 2) for claim in claims)
    counts = {"UNCITED": sources[0], "SINGLE_SOURCE": sources[1], "UNDATED": len(claims) - len(dated)}
    parts = sorted(part(key, count, len(claims)) for key, count in counts.items())
    good = sum(claim.sources > 1 for claim in dated)
    return Derived("FRESH", share(good, len(claims)), tuple(parts))


def disputes(record: Record) -> Derived:
    """Return the share of claimed properties that have contradicting claims."""
    groups = _groups(record)
    disputed = sum(not _agree(claims) for claims in groups.values())
    return Derived("FRESH", share(disputed, len(groups))) if groups else INSUFFICIENT


def conflicts(records: Iterable[Record]) -> dict[Dispute, Conflict]:
    """Return each group of differing claims, whether all of them can be true, and the best one."""
    found = {}
    for record in records:
        for (subject, property_id), claims in _groups(record).items():
            if len({_stated_value(claim) for claim in claims}) > 1:
                chosen = best(claims)
                ids = tuple(claim.id for claim in claims)
                found[Dispute(record.id, subject, property_id)] = Conflict(ids, _agree(claims), chosen and chosen.id)
    return found


def _groups(record: Record) -> Mapping[tuple[str, int], list[Claim]]:
    groups: dict[tuple[str, int], list[Claim]] = defaultdict(list)
    for claim in record.claims:
        if claim.rank != "DEPRECATED" and not claim.multivalued:
            groups[claim.subject, claim.property_id].append(claim)
    return groups


def _stated_value(claim: Claim) -> tuple[object, ...]:
    return claim.value_status, claim.value, claim.unit


def _agree(claims: Sequence[Claim]) -> bool:
    return all(_compatible(one, other) for one, other in combinations(claims, 2))


def _compatible(one: Claim, other: Claim) -> bool:
    if one.during and other.during and not _overlap(one.during, other.during):
        return True
    types = {one.value_status, other.value_status}
    if types != {"VALUE"}:
        # NO_VALUE contradicts every other claim.
        return "NO_VALUE" not in types or len(types) == 1
    match one.value, other.value:
        case Number() as a, Number() as b:
            return one.unit == other.unit and _ranges_overlap(a.lower, a.upper, b.lower, b.upper)
        case Span() as a, Span() as b:
            return _overlap(a, b)
        case _:
            return _stated_value(one) == _stated_value(other)


def _overlap(one: Span, other: Span) -> bool:
    return _ranges_overlap(one.earliest, one.latest, other.earliest, other.latest)


def _ranges_overlap(first: Any, last: Any, other_first: Any, other_last: Any) -> bool:
    """Return whether two ranges overlap. None is an open end."""
    return _reaches(first, other_last) and _reaches(other_first, last)


def _reaches(low: Any, high: Any) -> bool:
    return low is None or high is None or low <= high


FORMULAS: Final = {
    "evidence_quality": quality,
    "conflict_rate": disputes,
}
