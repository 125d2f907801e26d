"""What formulas see of an organization: plain values, gathered beforehand, so that a formula is a pure function."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from db.values.reference import Reference
from db.values.vocabulary import PostBody, Rank, Rating, Sector, Stance, ValueStatus

Value = Quantity | PartialDate | Reference | str


@dataclass(frozen=True)
class Property:
    id: int
    key: str
    label: str
    multivalued: bool = False


@dataclass(frozen=True)
class Claim:
    """`value` is None unless `value_status` is VALUE."""

    id: int
    subject: Reference
    property: Property
    value: Value | None
    value_status: ValueStatus = ValueStatus.VALUE
    rank: Rank = Rank.NORMAL
    valid_during: PartialDate | None = None
    # How many sources are cited for it.
    sources: int = 0

    @cached_property
    def node(self) -> Reference:
        return Reference("Claim", self.id)


class Partners(NamedTuple):
    """How many listed organizations have ever been partners, have left, and were partners in the last calendar year.

    A partner in several roles counts once; one that left and came back was no partner in between.
    """

    ever: int = 0
    left: int = 0
    founders: int = 0
    # Of the founders: those that aren't known to have left, and those of them that a source names at a later time.
    founders_presumed: int = 0
    founders_confirmed: int = 0
    # Those that were partners when the year began, and those of them that had left when it ended.
    year_began: int = 0
    year_left: int = 0
    # The same for those of whom the start isn't known, so that they may have come only within the year.
    year_began_perhaps: int = 0
    year_left_perhaps: int = 0


class Workstream(NamedTuple):
    """A workstream with the present partners that take part in it now, and how many outputs it has."""

    id: int
    name: str
    participants: Mapping[Sector, int]
    outputs: int


class Post(NamedTuple):
    """`holders`: the times for which anybody held it, gathered for executives only."""

    id: int
    body: PostBody
    label: str
    constituency: Sector | None
    seats: Quantity | None
    holders: Sequence["Tenure"] = ()


class Tenure(NamedTuple):
    id: int
    start: PartialDate | None
    end: PartialDate | None


class Assessment(NamedTuple):
    id: int
    dimension: str
    rating: Rating
    assessed_during: PartialDate | None


class Position(NamedTuple):
    id: int
    stance: Stance


@dataclass(frozen=True)
class Facts:
    """One organization, with the claims of everything that belongs to it; of tables, what the metrics at hand need."""

    organization: Reference
    is_convener: bool = True
    # Of the organization, its workstreams, outputs and posts.
    claims: Sequence[Claim] = ()
    # How many partners are listed now, by the sector that they belong to now.
    partners: Mapping[Sector, int] = field(default_factory=dict[Sector, int])
    newest_change: int | None = None
    # The day on which the facts hold, which formulas have from here and from no clock.
    today: date = date.max
    partnerships: Partners = field(default_factory=Partners)
    workstreams: Sequence[Workstream] = ()
    posts: Sequence[Post] = ()
    assessments: Sequence[Assessment] = ()
    positions: Sequence[Position] = ()
    # Of the organizations that claims of FRONTIER_LAB name, those that take part now.
    labs: Collection[int] = ()

    @property
    def listed(self) -> int:
        """How many partners are listed now."""
        return sum(self.partners.values())

    @cached_property
    def _of_organization(self) -> Mapping[str, list[Claim]]:
        about: dict[str, list[Claim]] = {}
        for claim in sorted(self.claims, key=lambda claim: claim.id):
            if claim.subject == self.organization:
                about.setdefault(claim.property.key, []).append(claim)
        return about

    def claims_of(self, property_key: str) -> Sequence[Claim]:
        """What is claimed of the organization itself, in the order of their ids."""
        return self._of_organization.get(property_key, ())

    def preferring(self, preferred: Claim) -> "Facts":
        """The same facts, but for one claim that is preferred to all others of its subject's property."""
        return replace(self, claims=[_ranked(claim, preferred) for claim in self.claims])


def _ranked(claim: Claim, preferred: Claim) -> Claim:
    if claim is preferred:
        return replace(claim, rank=Rank.PREFERRED)
    rival = (claim.subject, claim.property) == (preferred.subject, preferred.property)
    return replace(claim, rank=Rank.NORMAL) if rival and claim.rank is Rank.PREFERRED else claim


def best(claims: Iterable[Claim]) -> Claim | None:
    """Of the claims that say a value and aren't deprecated: preferred first, then the latest, then the newest.

    Latest is by the last day of the validity; undated and open-ended claims come after dated ones.
    """
    candidates = [claim for claim in claims if claim.value is not None and claim.rank is not Rank.DEPRECATED]
    return max(candidates, key=standing, default=None)


def why_not(claim: Claim, chosen: Claim | None) -> str:
    """Why `chosen` was used and `claim` wasn't."""
    if claim.rank is Rank.DEPRECATED:
        return "its rank is DEPRECATED"
    if claim.value is None or chosen is None:
        return f"it says {claim.value_status.name}, which is no number"
    if claim.rank is not chosen.rank:
        return f"{chosen.node} is PREFERRED"
    if _last_day(claim) != _last_day(chosen):
        return f"{chosen.node} is of a later time" if claim.valid_during else f"{chosen.node} is dated"
    return f"{chosen.node} was added later"


def standing(claim: Claim) -> tuple[bool, date, int]:
    """By what `best` chooses: the greatest is the best."""
    return claim.rank is Rank.PREFERRED, _last_day(claim), claim.id


def _last_day(claim: Claim) -> date:
    return claim.valid_during.latest or date.min if claim.valid_during else date.min
