"""Claims that disagree: found among the claims of one subject's property, judged and put into words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from db.models.vocabulary import Rank, SnakType
from db.quantity import Comparator, Quantity
from db.types import PartialDate
from workers.metrics.evidence import overlap
from workers.metrics.facts import Claim, Node, Property, best
from workers.metrics.interval import Interval, number, words


@dataclass(frozen=True)
class Conflict:
    """`compatible`: all claims may be true at once. `chosen` is the claim that shortcuts and metrics go by."""

    subject: Node
    predicate: Property
    claims: tuple[Claim, ...]
    compatible: bool
    explanation: str
    chosen: Claim | None


def conflicts(claims: Iterable[Claim]) -> list[Conflict]:
    """One for each subject and single-valued property of which two claims that aren't deprecated say unlike things."""
    groups: dict[tuple[Node, int], list[Claim]] = {}
    for claim in sorted(claims, key=lambda claim: claim.id):
        if claim.rank is not Rank.DEPRECATED and not claim.predicate.multivalued:
            groups.setdefault((claim.subject, claim.predicate.id), []).append(claim)
    return [_conflict(group) for group in groups.values() if len({_said(claim) for claim in group}) > 1]


def compatible(one: Claim, other: Claim) -> bool:
    """Whether both may be true: ranges that meet, times that don't, or a value that isn't said.

    Numbers in unlike units can't be compared, and count as incompatible.
    """
    if one.valid_during and other.valid_during and not overlap(one.valid_during, other.valid_during):
        return True
    if SnakType.NO_VALUE in (one.snak_type, other.snak_type):
        return one.snak_type is other.snak_type
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
    together = all(compatible(one, other) for one, other in combinations(claims, 2))
    return Conflict(
        claims[0].subject,
        claims[0].predicate,
        tuple(claims),
        together,
        _explanation(claims, together),
        best(claims),
    )


def _explanation(claims: Sequence[Claim], together: bool) -> str:
    """`Founders: 7 (3 claims) and 6 contradict each other.`"""
    # One unit for all goes without saying.
    units = len({_unit(claim.value) for claim in claims if isinstance(claim.value, Quantity)}) > 1
    counts: dict[str, int] = {}
    for claim in claims:
        said = _words(claim, units)
        counts[said] = counts.get(said, 0) + 1
    said = [f"{words} ({count} claims)" if count > 1 else words for words, count in counts.items()]
    verdict = "can be true together" if together else "contradict each other"
    return f"{claims[0].predicate.label}: {', '.join(said[:-1])} and {said[-1]} {verdict}."


def _said(claim: Claim) -> tuple[object, ...]:
    """What the claim asserts, however it was printed and whenever it held."""
    value = claim.value
    return (claim.snak_type, (*Interval.of(value), _unit(value)) if isinstance(value, Quantity) else value)


def _unit(quantity: Quantity) -> str:
    return quantity.currency or quantity.unit


def _words(claim: Claim, units: bool) -> str:
    when = f" (as of {claim.valid_during.edtf})" if claim.valid_during else ""
    match claim.value:
        case None:
            return ("no value" if claim.snak_type is SnakType.NO_VALUE else "some unknown value") + when
        case Quantity() as quantity:
            return _number(quantity, _unit(quantity) if units or quantity.currency else "") + when
        case PartialDate() as day:
            return day.edtf + when
        case Node() as node:
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
