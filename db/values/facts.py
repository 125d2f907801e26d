"""The facts that formulas read: plain values, gathered beforehand, so that a formula is a pure function."""

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
    # How many sources the claim cites.
    sources: int = 0

    @cached_property
    def node(self) -> Reference:
        return Reference("Claim", self.id)


class Partners(NamedTuple):
    """Counts of partners: ever, since the founding, and over the last calendar year.

    A partner in several roles counts once. A partner that left and came back does not count for the time between.
    """

    ever: int = 0
    left: int = 0
    founders: int = 0
    # Founders that are not known to have left, and those among them that a source names as partners later on.
    founders_presumed: int = 0
    founders_confirmed: int = 0
    # Partners when the year began, and those among them that had left when it ended.
    year_began: int = 0
    year_left: int = 0
    # The same for partners with an unknown start: they may have joined within the year.
    year_began_perhaps: int = 0
    year_left_perhaps: int = 0


class Workstream(NamedTuple):
    """A workstream, its current participants by sector, and its number of outputs."""

    id: int
    name: str
    participants: Mapping[Sector, int]
    outputs: int


class Post(NamedTuple):
    """`holders` are the tenures of the post, gathered for executive posts only."""

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
    """The facts of one organization. Fields that the requested metrics do not need stay empty."""

    organization: Reference
    is_convener: bool = True
    # Claims about the organization, its workstreams, outputs and posts.
    claims: Sequence[Claim] = ()
    # The number of current partners, by their current sector.
    partners: Mapping[Sector, int] = field(default_factory=dict[Sector, int])
    newest_change: int | None = None
    # The day on which the facts hold. Formulas read it here and never ask a clock.
    today: date = date.max
    partnerships: Partners = field(default_factory=Partners)
    workstreams: Sequence[Workstream] = ()
    posts: Sequence[Post] = ()
    assessments: Sequence[Assessment] = ()
    positions: Sequence[Position] = ()
    # The organizations that FRONTIER_LAB claims name and that take part now.
    labs: Collection[int] = ()

    @property
    def listed(self) -> int:
        """The number of current partners."""
        return sum(self.partners.values())

    @cached_property
    def _of_organization(self) -> Mapping[str, list[Claim]]:
        about: dict[str, list[Claim]] = {}
        # A view that declares single properties refuses `self.claims`.
        claims: Sequence[Claim] = vars(self)["claims"]
        for claim in sorted(claims, key=lambda claim: claim.id):
            if claim.subject == self.organization:
                about.setdefault(claim.property.key, []).append(claim)
        return about

    def claims_of(self, property_key: str) -> Sequence[Claim]:
        """The claims about the organization itself, in the order of their ids."""
        return self._of_organization.get(property_key, ())

    def preferring(self, preferred: Claim) -> "Facts":
        """The same facts, but with `preferred` as the only PREFERRED claim of its subject and property."""
        return replace(self, claims=[_ranked(claim, preferred) for claim in self.claims])


def _ranked(claim: Claim, preferred: Claim) -> Claim:
    if claim is preferred:
        return replace(claim, rank=Rank.PREFERRED)
    rival = (claim.subject, claim.property) == (preferred.subject, preferred.property)
    return replace(claim, rank=Rank.NORMAL) if rival and claim.rank is Rank.PREFERRED else claim


def best(claims: Iterable[Claim]) -> Claim | None:
    """The claim that counts: a PREFERRED claim first, then the one valid until the latest day, then the newest.

    Claims without a value and DEPRECATED claims never count. Undated and open-ended claims come after dated ones.
    """
    candidates = [claim for claim in claims if claim.value is not None and claim.rank is not Rank.DEPRECATED]
    return max(candidates, key=standing, default=None)


def why_not(claim: Claim, chosen: Claim | None) -> str:
    """The reason why the metric uses `chosen` and not `claim`."""
    if claim.rank is Rank.DEPRECATED:
        return "its rank is DEPRECATED"
    if claim.value is None or chosen is None:
        return f"its value is {claim.value_status.name}, not a number"
    if claim.rank is not chosen.rank:
        return f"{chosen.node} is PREFERRED"
    if _last_day(claim) != _last_day(chosen):
        return f"{chosen.node} is valid until a later day" if claim.valid_during else f"{chosen.node} has a date"
    return f"{chosen.node} was added later"


def standing(claim: Claim) -> tuple[bool, date, int]:
    """The sort key of `best`: the claim with the greatest key counts."""
    return claim.rank is Rank.PREFERRED, _last_day(claim), claim.id


def _last_day(claim: Claim) -> date:
    return claim.valid_during.latest or date.min if claim.valid_during else date.min
