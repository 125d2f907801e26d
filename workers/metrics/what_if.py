"""What-if questions: computes metrics from the facts after a supposed change, and writes nothing."""

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

# Supposed claims have ids from this number on, so they count as newer than every row and share no row's id.
FIRST_SUPPOSED: Final = 2**63


class Change(Protocol):
    """A supposed change of the facts."""

    def applied(self, facts: Facts) -> Facts:
        """The facts after the change; raises `Invalid` if they do not allow it."""
        ...


@dataclass(frozen=True)
class SupposedClaim:
    """A claim about the organization without a source. It becomes the only preferred claim of its property."""

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
    """The claim is removed."""

    id: int

    def applied(self, facts: Facts) -> Facts:
        left_out = _found(facts, self.id)
        return replace(facts, claims=[claim for claim in facts.claims if claim is not left_out])


@dataclass(frozen=True)
class PreferredClaim:
    """The claim becomes the only preferred one of its subject and property."""

    id: int

    def applied(self, facts: Facts) -> Facts:
        return facts.preferring(_found(facts, self.id))


@dataclass(frozen=True)
class MorePartners:
    """`by` organizations of a sector join today. If `by` is negative, that many partners left this year.

    Facts count partners without naming them, so partners that leave are neither founders nor in a workstream.
    """

    sector: Sector
    by: int

    def applied(self, facts: Facts) -> Facts:
        listed = facts.partners.get(self.sector, 0) + self.by
        self._check(facts, listed)
        # Gathered facts have no sectors without partners. Their order stays.
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
                f"expected `by` to be at least {self.by - listed}, because {listed - self.by} partners are in {name},"
                f" got {self.by}"
            )
        busy = max((stream.participants.get(self.sector, 0) for stream in facts.workstreams), default=0)
        if self.by < 0 and listed < busy:
            raise Invalid(
                f"expected `by` to leave the {busy} {name} partners that take part in a workstream, got {self.by}"
            )
        founders = facts.partnerships.founders_presumed
        if self.by < 0 and facts.listed + self.by < founders:
            raise Invalid(f"expected `by` to leave the {founders} partners that are founders, got {self.by}")


class Supposed(NamedTuple):
    """A metric's result before and after the supposed changes."""

    metric: Metric
    before: Result
    after: Result

    @property
    def is_changed(self) -> bool:
        """Whether the state, the number or a slice differs."""
        return _said(self.before) != _said(self.after)


def suppose(metrics: Iterable[Metric], now: Facts, then: Facts) -> list[Supposed]:
    """The result of each metric from the facts `now` and from the facts `then`."""
    return [Supposed(metric, _compute(metric, now), _compute(metric, then)) for metric in metrics]


def is_supposed(node: Reference) -> bool:
    """Whether the reference is to a supposed claim, which has no row."""
    return node.id >= FIRST_SUPPOSED


def _found(facts: Facts, id: int) -> Claim:
    for claim in facts.claims:
        if claim.id == id:
            return claim
    raise Invalid(f"expected a claim about {facts.organization} or its rows, got Claim:{id}")


def _compute(metric: Metric, facts: Facts) -> Result:
    """The result. A formula that raises is FAILED but not logged, because the supposed facts may be the cause."""
    try:
        return metric.compute_from(facts)
    except Exception as error:
        return failed(error)


def _said(result: Result) -> tuple[object, ...]:
    return result.state, result.value, result.slices
