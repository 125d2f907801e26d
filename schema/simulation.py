"""What if: metrics as they would be after supposed changes, computed for the answer and not stored."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import strawberry
from graphql import GraphQLError
from strawberry import UNSET, field

from db import models
from db.commands.claim import check_value, properties_by_key, property_of
from db.connections.sessions import ReadSession
from db.errors import DomainError, Invalid
from db.facts.gather import gather
from db.values.facts import Facts, Property
from db.values.partial_date import PartialDate
from db.values.reference import Reference
from db.values.results import Result
from db.values.vocabulary import MetricState, Sector, ValueStatus
from schema.claim import ClaimValueInput, read_value
from schema.compile.identity import number, parse_id
from schema.inputs import optional, row_number
from schema.measure import COST
from schema.metric import MetricSlice, MetricWarning
from schema.quantity import Quantity
from schema.scalars import EDTF
from workers.metrics.catalogue import METRICS, READS
from workers.metrics.metric import Metric
from workers.metrics.what_if import (
    Change,
    MorePartners,
    PreferredClaim,
    Supposed,
    SupposedClaim,
    WithoutClaim,
    is_supposed,
    suppose,
)

MOST_CHANGES: Final = 20

Properties = Mapping[str, models.Property]


@strawberry.input(description="A claim about the organization that no source states.")
class SimulatedClaim:
    property: str = field(description='The key of the property, such as "EMPLOYEES".')
    value: ClaimValueInput = field(
        description="The value; `node` is not allowed, because the simulation knows no facts about another node."
    )
    valid_during: EDTF | None = field(default=UNSET, description="The time at which the value holds.")


@strawberry.input(description="Partners of a sector that join or leave.")
class SimulatedPartners:
    sector: Sector = field(description="The sector of the partners.")
    by: int = field(
        description="The number of partners that join today; if negative, the number that left this year. Partners"
        " that leave are neither founders nor participants of a workstream."
    )


@strawberry.input(one_of=True, description="One supposed change; give exactly one field.")
class SimulatedChange:
    claim: SimulatedClaim | None = field(
        default=UNSET, description="Add this claim, without citations, as the only PREFERRED one of its property."
    )
    without_claim: strawberry.ID | None = field(
        default=UNSET, description="Remove this claim about the organization or a row that belongs to it."
    )
    prefer_claim: strawberry.ID | None = field(
        default=UNSET,
        description="Make this claim the only PREFERRED one of its property, such as seven founders instead of six.",
    )
    partners: SimulatedPartners | None = field(default=UNSET, description="Add or remove partners.")


@strawberry.type(description="The result of a metric in a simulation.")
class SimulatedValue:
    state: MetricState = field(description="How far the value can be trusted; never STALE.")
    value: Quantity | None = field(
        description="The number with its bounds; null if there is none. An unknown number is never 0."
    )
    slices: list[MetricSlice] = field(description="The parts of a breakdown; empty for other metrics.")
    warnings: list[MetricWarning] = field(
        description="Cautions about the value. Their inputs leave out supposed claims, which have no id."
    )
    substitution: str = field(description="The formula with the numbers in it.")


@strawberry.type(description="A metric before and after the supposed changes.")
class SimulatedMetric:
    key: str = field(description='The unique key, such as "revenue_per_employee".')
    title: str = field(description="The name to display.")
    formula: str = field(description="The formula, in words.")
    unit: str = field(description="The unit of the values.")
    before: SimulatedValue = field(description="The result now.")
    after: SimulatedValue = field(description="The result after the changes.")
    changed: bool = field(description="Whether the state, the number or a part differs.")


async def simulate(
    info: strawberry.Info,
    organization: Annotated[
        strawberry.ID, strawberry.argument(description="The id of a convener. Other organizations have no metrics.")
    ],
    changes: Annotated[
        list[SimulatedChange],
        strawberry.argument(description=f"The supposed changes, applied in order; from 1 to {MOST_CHANGES}."),
    ],
    keys: Annotated[
        list[str] | None, strawberry.argument(description="The keys of the metrics to return; all if omitted.")
    ] = UNSET,
) -> list[SimulatedMetric]:
    id = number(parse_id(organization), "Organization")
    if not 1 <= len(changes) <= MOST_CHANGES:
        raise GraphQLError(f"expected between 1 and {MOST_CHANGES} changes, got {len(changes)}")
    metrics = _metrics(keys)
    async with info.context.service.database.snapshot() as session:
        now = await _facts(session, id)
        properties = await properties_by_key(session)
    return [_show(one) for one in suppose(metrics, now, _apply_changes(now, changes, properties))]


# Gathering an organization and computing all its metrics twice takes as long as showing this many values.
SIMULATION: Final[Any] = field(
    resolver=simulate,
    description="The metrics after supposed changes, such as 40 employees instead of 37. Nothing is stored.",
    metadata={COST: 20_000},
)


def _metrics(keys: Sequence[str] | None) -> list[Metric]:
    if keys is None or keys is UNSET:
        return list(METRICS)
    known = [metric.key for metric in METRICS]
    for key in keys:
        if key not in known:
            raise GraphQLError(f"expected keys among {', '.join(known)}, got {key!r}")
    return [metric for metric in METRICS if metric.key in keys]


async def _facts(session: ReadSession, id: int) -> Facts:
    """The facts of all metrics, not only of the requested ones: whether a change is valid must not depend on those."""
    gathered = await gather(session, [id], READS)
    if not gathered:
        raise GraphQLError(f"expected an organization that exists, got Organization:{id}")
    if not gathered[0].is_convener:
        raise GraphQLError(f"expected a convener, got Organization:{id}, which has no metrics")
    return gathered[0]


def _apply_changes(facts: Facts, changes: Sequence[SimulatedChange], properties: Properties) -> Facts:
    """The facts after the changes; raises `GraphQLError` for the first change that is invalid."""
    for place, change in enumerate(changes):
        try:
            facts = _change(change, properties).applied(facts)
        except DomainError as refusal:
            raise GraphQLError(f"changes[{place}]: {refusal.message}") from refusal
    return facts


def _change(change: SimulatedChange, properties: Properties) -> Change:
    """The one field that the client gave; raises `DomainError`."""
    key, value = next((key, value) for key, value in vars(change).items() if value is not UNSET)
    match key:
        case "claim":
            return _claim(value, properties)
        case "without_claim":
            return WithoutClaim(row_number(value, "Claim", "withoutClaim"))
        case "prefer_claim":
            return PreferredClaim(row_number(value, "Claim", "preferClaim"))
        case _:
            return MorePartners(value.sector, value.by)


def _claim(claim: SimulatedClaim, properties: Properties) -> SupposedClaim:
    edtf = optional(claim, "valid_during")
    during = PartialDate.of(edtf) if edtf else None
    value = read_value(claim.value, edtf)
    about = property_of(properties, claim.property)
    check_value(about, value)
    predicate = Property(about.id, about.key, about.label, about.multivalued)
    match value:
        case Reference():
            raise Invalid(
                f"expected a value other than a node, got {claim.value.node!r}: a simulation knows no facts about it"
            )
        case ValueStatus():
            return SupposedClaim(predicate, None, value, during)
        case _:
            return SupposedClaim(predicate, value, valid_during=during)


def _show(one: Supposed) -> SimulatedMetric:
    metric = one.metric
    return SimulatedMetric(
        key=metric.key,
        title=metric.title,
        formula=metric.formula,
        unit=metric.unit,
        before=_value(one.before),
        after=_value(one.after),
        changed=one.is_changed,
    )


def _value(result: Result) -> SimulatedValue:
    return SimulatedValue(
        state=result.state,
        value=result.value and Quantity(**vars(result.value)),
        slices=[
            MetricSlice(
                key=part.key, label=part.label, count=part.count, share=part.share and Quantity(**vars(part.share))
            )
            for part in result.slices
        ],
        warnings=[
            MetricWarning(
                code=warning.code,
                message=warning.message,
                inputs=[strawberry.ID(str(node)) for node in warning.about if not is_supposed(node)],
            )
            for warning in result.warnings
        ],
        substitution=result.substitution,
    )
