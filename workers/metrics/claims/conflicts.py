"""Conflicts: finds the claims about the same property of a subject that differ, and says whether they contradict."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import combinations

from db.values.facts import Claim, best
from db.values.partial_date import PartialDate
from db.values.quantity import Comparator, Quantity
from db.values.reference import Reference
from db.values.results import Conflict
from db.values.vocabulary import Rank, ValueStatus
from workers.metrics.numbers.interval import Interval, number, words


def conflicts(claims: Iterable[Claim]) -> list[Conflict]:
    """A conflict for each subject and single-valued property with different claims; deprecated ones do not count."""
    several = (group for group in _groups(claims) if len(group) > 1)
    return [_conflict(group) for group in several if len({_said(claim) for claim in group}) > 1]


def _groups(claims: Iterable[Claim]) -> Sequence[list[Claim]]:
    """Groups claims by subject and property, without deprecated claims and properties with several values."""
    groups: dict[tuple[Reference, int], list[Claim]] = {}
    for claim in sorted(claims, key=lambda claim: claim.id):
        if claim.rank is not Rank.DEPRECATED and not claim.property.multivalued:
            groups.setdefault((claim.subject, claim.property.id), []).append(claim)
    return list(groups.values())


def contradicting(claim: Claim, claims: Iterable[Claim]) -> list[Claim]:
    """The claims about the same subject and single-valued property that cannot be true together with `claim`."""
    if claim.property.multivalued or claim.rank is Rank.DEPRECATED:
        return []
    others = (one for one in claims if one is not claim and one.rank is not Rank.DEPRECATED)
    rivals = (one for one in others if one.subject == claim.subject and one.property == claim.property)
    return [rival for rival in rivals if not compatible(claim, rival)]


def contradicted(claims: Iterable[Claim]) -> tuple[int, int]:
    """The number of single-valued properties of a subject with contradicting claims, and with claims at all."""
    groups = _groups(claims)
    return sum(len(group) > 1 and not _together(group) for group in groups), len(groups)


def overlap(one: PartialDate, other: PartialDate) -> bool:
    """Whether both times can include the same day. An open start or end has no limit."""
    return _begins(one) <= _ends(other) and _begins(other) <= _ends(one)


def _begins(time: PartialDate) -> date:
    return time.earliest or date.min


def _ends(time: PartialDate) -> date:
    return time.latest or date.max


def compatible(one: Claim, other: Claim) -> bool:
    """Whether both can be true: their ranges overlap, their times do not, or one claim's value is unknown.

    Numbers in different units cannot be compared and count as incompatible.
    """
    if one.valid_during and other.valid_during and not overlap(one.valid_during, other.valid_during):
        return True
    if ValueStatus.NO_VALUE in (one.value_status, other.value_status):
        return one.value_status is other.value_status
    match one.value, other.value:
        case None, _:
            return True
        case _, None:
            return True
        case Quantity() as a, Quantity() as b:
            return _unit(a) == _unit(b) and Interval.of(a).meets(Interval.of(b))
        case PartialDate() as a, PartialDate() as b:
            return overlap(a, b)
        case a, b:
            return a == b


def _conflict(claims: Sequence[Claim]) -> Conflict:
    together = _together(claims)
    return Conflict(
        claims[0].subject,
        claims[0].property,
        tuple(claims),
        together,
        _explanation(claims, together),
        best(claims),
    )


def _together(claims: Sequence[Claim]) -> bool:
    return all(compatible(one, other) for one, other in combinations(claims, 2))


def _explanation(claims: Sequence[Claim], together: bool) -> str:
    """`Founders: 7 (3 claims) and 6 contradict each other.`"""
    # The unit is left out if all claims have the same one.
    units = len({_unit(claim.value) for claim in claims if isinstance(claim.value, Quantity)}) > 1
    counts: dict[str, int] = {}
    for claim in claims:
        said = _words(claim, units)
        counts[said] = counts.get(said, 0) + 1
    said = [f"{words} ({count} claims)" if count > 1 else words for words, count in counts.items()]
    verdict = "can be true together" if together else "contradict each other"
    return f"{claims[0].property.label}: {', '.join(said[:-1])} and {said[-1]} {verdict}."


def _said(claim: Claim) -> tuple[object, ...]:
    """What the claim states, regardless of its wording and time."""
    value = claim.value
    return (claim.value_status, (*Interval.of(value), _unit(value)) if isinstance(value, Quantity) else value)


def _unit(quantity: Quantity) -> str:
    return quantity.currency or quantity.unit


def _words(claim: Claim, units: bool) -> str:
    when = f" (as of {claim.valid_during.edtf})" if claim.valid_during else ""
    match claim.value:
        case None:
            return ("no value" if claim.value_status is ValueStatus.NO_VALUE else "some unknown value") + when
        case Quantity() as quantity:
            return _number(quantity, _unit(quantity) if units or quantity.currency else "") + when
        case PartialDate() as day:
            return day.edtf + when
        case Reference() as node:
            return str(node) + when
        case text:
            return f"“{text}”{when}"


def _number(quantity: Quantity, unit: str) -> str:
    interval = Interval.of(quantity)
    if interval == (None, None, None):
        return f"“{quantity.display}”"
    said = words(interval, unit).strip()
    if interval.comparator is Comparator.APPROXIMATE:
        lower, upper = (number(end) for end in interval[1:] if end is not None)
        return f"{said} ({lower} to {upper})"
    return said
