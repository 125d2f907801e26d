"""What formulas see of an organization: plain values, gathered beforehand, so that a formula is a pure function."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from db.models.vocabulary import Rank, Sector, SnakType
from db.quantity import Quantity
from db.types import PartialDate


class Node(NamedTuple):
    """A reference to a row; as text, its global id."""

    type: str
    id: int

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"


Value = Quantity | PartialDate | Node | str


@dataclass(frozen=True)
class Property:
    id: int
    key: str
    label: str
    multivalued: bool = False


@dataclass(frozen=True)
class Claim:
    """`value` is None unless `snak_type` is VALUE."""

    id: int
    subject: Node
    predicate: Property
    value: Value | None
    snak_type: SnakType = SnakType.VALUE
    rank: Rank = Rank.NORMAL
    valid_during: PartialDate | None = None

    @property
    def node(self) -> Node:
        return Node("Claim", self.id)


@dataclass(frozen=True)
class Facts:
    """One organization, with the claims of everything that belongs to it."""

    organization: Node
    is_convener: bool = True
    # Of the organization, its workstreams, outputs and posts.
    claims: Sequence[Claim] = ()
    # How many partners are listed now, by the sector that they belong to now.
    partners: Mapping[Sector, int] = field(default_factory=dict[Sector, int])
    newest_change: int | None = None

    def claims_of(self, property_key: str) -> list[Claim]:
        """What is claimed of the organization itself, in the order of their ids."""
        about = (claim for claim in self.claims if claim.subject == self.organization)
        return sorted((claim for claim in about if claim.predicate.key == property_key), key=lambda claim: claim.id)


def best(claims: Iterable[Claim]) -> Claim | None:
    """Of the claims that say a value and aren't deprecated: preferred first, then the latest, then the newest.

    Latest is by the last day of the validity; undated and open-ended claims come after dated ones.
    """
    candidates = [claim for claim in claims if claim.value is not None and claim.rank is not Rank.DEPRECATED]
    return max(candidates, key=_standing, default=None)


def why_not(claim: Claim, chosen: Claim | None) -> str:
    """Why `chosen` was used and `claim` wasn't."""
    if claim.rank is Rank.DEPRECATED:
        return "its rank is DEPRECATED"
    if claim.value is None or chosen is None:
        return f"it says {claim.snak_type.name}, which is no number"
    if claim.rank is not chosen.rank:
        return f"{chosen.node} is PREFERRED"
    if _last_day(claim) != _last_day(chosen):
        return f"{chosen.node} is of a later time" if claim.valid_during else f"{chosen.node} is dated"
    return f"{chosen.node} was added later"


def _standing(claim: Claim) -> tuple[bool, date, int]:
    return claim.rank is Rank.PREFERRED, _last_day(claim), claim.id


def _last_day(claim: Claim) -> date:
    return claim.valid_during.latest or date.min if claim.valid_during else date.min
