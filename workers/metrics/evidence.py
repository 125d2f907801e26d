"""Weighing claims: which one a formula uses for a quantity, why not the others, and what to warn of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from db.quantity import Comparator, Quantity
from db.types import PartialDate
from workers.metrics.facts import Claim, Facts, best, why_not
from workers.metrics.metric import Input, Warning


@dataclass(frozen=True)
class Used:
    """The claim that was chosen for a quantity."""

    name: str
    claim: Claim
    quantity: Quantity

    @property
    def when(self) -> PartialDate | None:
        return self.claim.valid_during


def weigh(facts: Facts, property_key: str, name: str) -> tuple[Used | None, tuple[Input, ...]]:
    """The best claim of the organization's quantity, if any, and all its claims as inputs, the chosen one first."""
    claims = facts.claims_of(property_key)
    chosen = best(claim for claim in claims if isinstance(claim.value, Quantity))
    left_out = tuple(
        Input(name, claim.node, _quantity(claim), why_not(claim, chosen), excluded=True)
        for claim in claims
        if claim is not chosen
    )
    if chosen is None or not isinstance(chosen.value, Quantity):
        return None, left_out
    reason = f"the best of {len(claims)} claims of {property_key}" if left_out else f"the only claim of {property_key}"
    return Used(name, chosen, chosen.value), (Input(name, chosen.node, chosen.value, reason), *left_out)


def approximate(used: Iterable[Used]) -> list[Warning]:
    """APPROXIMATE_INPUT where a number isn't stated exactly."""
    vague = [one for one in used if one.quantity.comparator is not Comparator.EXACT]
    stated = " and ".join(f"{one.name} as “{one.quantity.display}”" for one in vague)
    message = f"The sources give {stated}, so the result is known within bounds only."
    return [Warning("APPROXIMATE_INPUT", message, tuple(one.claim.node for one in vague))] if vague else []


def undated(used: Iterable[Used]) -> list[Warning]:
    """UNDATED_INPUT where a number is of no stated time, beside the times of the others."""
    used = list(used)
    without = [one for one in used if one.when is None]
    dated = "".join(f"{one.name} is of {one.when.edtf}; " for one in used if one.when)
    names = " and ".join(one.name for one in without)
    message = f"{dated}{names} {'is' if len(without) == 1 else 'are'} undated."
    return [Warning("UNDATED_INPUT", _sentence(message), tuple(one.claim.node for one in without))] if without else []


def year_mismatch(one: Used, other: Used) -> list[Warning]:
    """YEAR_MISMATCH where two numbers are of times that have no day in common."""
    if one.when is None or other.when is None or overlap(one.when, other.when):
        return []
    message = f"{one.name} is of {one.when.edtf}, but {other.name} is of {other.when.edtf}."
    return [Warning("YEAR_MISMATCH", _sentence(message), (one.claim.node, other.claim.node))]


def overlap(one: PartialDate, other: PartialDate) -> bool:
    """Whether some day may be meant by both; a side that is open reaches for ever."""
    return _begins(one) <= _ends(other) and _begins(other) <= _ends(one)


def _begins(time: PartialDate) -> date:
    return time.earliest or date.min


def _ends(time: PartialDate) -> date:
    return time.latest or date.max


def _quantity(claim: Claim) -> Quantity | None:
    return claim.value if isinstance(claim.value, Quantity) else None


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
