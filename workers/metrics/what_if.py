"""What if: facts as they would be after a change, and what the metrics would come to. Nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol

from db.errors import Invalid
from db.values.facts import Claim, Facts, Property, Value
from db.values.partial_date import PartialDate
from db.values.reference import Reference
from db.values.results import Result
from db.values.vocabulary import Sector, ValueStatus
from workers.metrics.metric import Metric, failed

# What is only supposed is newer than every row, and no row has its number.
FIRST_SUPPOSED: Final = 2**63


class Change(Protocol):
    """Something that is supposed to be otherwise."""

    def applied(self, facts: Facts) -> Facts:
        """The facts as they would be; raises `Invalid` where they leave no room for it."""
        ...


@dataclass(frozen=True)
class SupposedClaim:
    """A claim about the organization that no source makes, believed rather than any other of its property."""

    property: Property
    value: Value | None
    value_status: ValueStatus = ValueStatus.VALUE
    valid_during: PartialDate | None = None

    def applied(self, facts: Facts) -> Facts:
        id = max((FIRST_SUPPOSED, *(claim.id + 1 for claim in facts.claims)))
        claim = Claim(
            id, facts.organization, self.property, self.value, self.value_status, valid_during=self.valid_during
        )
        return replace(facts, claims=(*facts.claims, claim)).preferring(claim)


@dataclass(frozen=True)
class WithoutClaim:
    """A claim that was never made."""

    id: int

    def applied(self, facts: Facts) -> Facts:
        left_out = _found(facts, self.id)
        return replace(facts, claims=[claim for claim in facts.claims if claim is not left_out])


@dataclass(frozen=True)
class PreferredClaim:
    """A claim that is believed rather than any other of its subject's property."""

    id: int

    def applied(self, facts: Facts) -> Facts:
        return facts.preferring(_found(facts, self.id))


@dataclass(frozen=True)
class MorePartners:
    """As many organizations of a sector have joined today; where `by` is negative, as many have left this year.

    Facts don't say who is who, so those that leave are taken to be no founders and to take part in no workstream.
    """

    sector: Sector
    by: int

    def applied(self, facts: Facts) -> Facts:
        listed = facts.partners.get(self.sector, 0) + self.by
        self._check(facts, listed)
        # A sector without partners isn't among them, and those that are have the order in which they were counted.
        partners = {sector: count for sector, count in ({**facts.partners, self.sector: listed}).items() if count}
        were = facts.partnerships
        joined, left = max(self.by, 0), max(-self.by, 0)
        return replace(
            facts, partners=partners, partnerships=were._replace(ever=were.ever + joined, left=were.left + left)
        )

    def _check(self, facts: Facts, listed: int) -> None:
        name = self.sector.name
        if listed < 0:
            raise Invalid(
                f"by must be at least {self.by - listed} for {name}, which has no more partners, got {self.by}"
            )
        busy = max((stream.participants.get(self.sector, 0) for stream in facts.workstreams), default=0)
        if self.by < 0 and listed < busy:
            raise Invalid(f"by must leave the {busy} partners of {name} that take part in a workstream, got {self.by}")
        founders = facts.partnerships.founders_presumed
        if self.by < 0 and facts.listed + self.by < founders:
            raise Invalid(f"by must leave the {founders} partners that are founders, got {self.by}")


class Supposed(NamedTuple):
    """What a metric comes to as things are, and as they would be."""

    metric: Metric
    before: Result
    after: Result

    @property
    def is_changed(self) -> bool:
        """Whether the state, the number or a part of it would be another."""
        return _said(self.before) != _said(self.after)


def suppose(metrics: Iterable[Metric], now: Facts, then: Facts) -> list[Supposed]:
    """What each of the metrics comes to by the facts now, and what it would come to then."""
    return [Supposed(metric, _compute(metric, now), _compute(metric, then)) for metric in metrics]


def is_supposed(node: Reference) -> bool:
    """Whether no row has this reference, since what it refers to is only supposed."""
    return node.id >= FIRST_SUPPOSED


def _found(facts: Facts, id: int) -> Claim:
    for claim in facts.claims:
        if claim.id == id:
            return claim
    raise Invalid(f"a claim about {facts.organization} or what belongs to it is wanted, got Claim:{id}")


def _compute(metric: Metric, facts: Facts) -> Result:
    """Nothing is logged where the formula raises: it may be what is supposed that it can't take."""
    try:
        return metric.compute_from(facts)
    except Exception as error:
        return failed(error)


def _said(result: Result) -> tuple[object, ...]:
    return result.state, result.value, result.slices
