"""Chooses the claim that a formula uses for a quantity, with the reasons and the warnings."""

from collections.abc import Iterable
from typing import NamedTuple

from db.values.facts import Claim, Facts, best, why_not
from db.values.partial_date import PartialDate
from db.values.quantity import Comparator, Quantity
from db.values.results import Input, Warning
from workers.metrics.claims.conflicts import contradicting, overlap
from workers.metrics.numbers.interval import Interval


class Used(NamedTuple):
    """The claim chosen for a quantity."""

    name: str
    claim: Claim
    quantity: Quantity

    @property
    def when(self) -> PartialDate | None:
        return self.claim.valid_during


def weigh(facts: Facts, property_key: str, name: str) -> tuple[Used | None, tuple[Input, ...]]:
    """The best claim of the property that has a quantity, or None, and all claims as inputs, the chosen one first."""
    claims = facts.claims_of(property_key)
    chosen = best(claim for claim in claims if isinstance(claim.value, Quantity))
    left_out = tuple(
        Input(name, claim.node, _quantity(claim), why_not(claim, chosen), excluded=True)
        for claim in claims
        if claim is not chosen
    )
    if chosen is None or not isinstance(chosen.value, Quantity):
        return None, left_out
    which = f"the best of {len(claims)} {property_key} claims" if left_out else f"the only {property_key} claim"
    return Used(name, chosen, chosen.value), (Input(name, chosen.node, chosen.value, f"it is {which}"), *left_out)


def approximate(used: Iterable[Used]) -> list[Warning]:
    """APPROXIMATE_INPUT if a number is not exact."""
    vague = [one for one in used if one.quantity.comparator is not Comparator.EXACT]
    stated = " and ".join(f"{one.name} as “{one.quantity.display}”" for one in vague)
    message = f"The sources give {stated}, so the result is not exact."
    return [Warning("APPROXIMATE_INPUT", message, tuple(one.claim.node for one in vague))] if vague else []


def undated(used: Iterable[Used]) -> list[Warning]:
    """UNDATED_INPUT if a number has no date; the message gives the dates of the others."""
    used = list(used)
    without = [one for one in used if one.when is None]
    dated = "".join(f"{one.name} is for {one.when.edtf}, but " for one in used if one.when)
    names = " and ".join(one.name for one in without)
    message = f"{dated}{names} {'has' if len(without) == 1 else 'have'} no date."
    return [Warning("UNDATED_INPUT", sentence(message), tuple(one.claim.node for one in without))] if without else []


def year_mismatch(one: Used, other: Used) -> list[Warning]:
    """YEAR_MISMATCH if the dates of the two numbers do not overlap."""
    if one.when is None or other.when is None or overlap(one.when, other.when):
        return []
    message = f"{one.name} is for {one.when.edtf}, but {other.name} is for {other.when.edtf}."
    return [Warning("YEAR_MISMATCH", sentence(message), (one.claim.node, other.claim.node))]


def conflicting(facts: Facts, used: Iterable[Used]) -> list[Warning]:
    """CONFLICTING_INPUT for each number that another claim contradicts."""
    return [warning for one in used for warning in disputed(facts, one.name, one.claim)]


def disputed(facts: Facts, name: str, claim: Claim) -> list[Warning]:
    """CONFLICTING_INPUT if other claims of the property contradict this chosen one."""
    rivals = contradicting(claim, facts.claims_of(claim.property.key))
    if not rivals:
        return []
    others = " and ".join(dict.fromkeys(f"“{said(rival)}”" for rival in rivals))
    say = "another claim says" if len(rivals) == 1 else "other claims say"
    message = f"The metric uses “{said(claim)}” for {name}, but {say} {others}."
    return [Warning("CONFLICTING_INPUT", message, (claim.node, *(rival.node for rival in rivals)))]


def low_coverage(listed: int, reported: Used | None) -> list[Warning]:
    """LOW_COVERAGE if less than half of the reported partners are listed."""
    if reported is None:
        return []
    whole = Interval.of(reported.quantity)
    if 2 * listed >= (whole.value or whole.lower or 0):
        return []
    message = (
        f"The reported number of partners is “{reported.quantity.display}”. The registry lists only {listed} of them,"
        " so most are unknown."
    )
    return [Warning("LOW_COVERAGE", message, (reported.claim.node,))]


def said(claim: Claim) -> str:
    """The claim's value in words."""
    match claim.value:
        case None:
            return claim.value_status.name
        case Quantity() as quantity:
            return quantity.display
        case PartialDate() as day:
            return day.edtf
        case other:
            return str(other)


def sentence(words: str) -> str:
    """The words with a capital first letter."""
    return words[:1].upper() + words[1:]


def _quantity(claim: Claim) -> Quantity | None:
    return claim.value if isinstance(claim.value, Quantity) else None
