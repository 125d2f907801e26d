"""What if: the derived numbers as they would be, computed for the answer and written nowhere."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import strawberry
from graphql import GraphQLError
from strawberry import UNSET, field

from db import models
from db.commands.claim import Reference, check_value, properties_by_key, property_of
from db.connections.sessions import ReadSession
from db.errors import DomainError, Invalid
from db.facts.gather import gather
from db.values.facts import Facts, Property
from db.values.partial_date import PartialDate
from db.values.results import Result
from db.values.vocabulary import MetricState, Sector, ValueStatus
from schema.claim import ClaimValueInput, claimed
from schema.identity import number, parse_id
from schema.limits import COST
from schema.metric import MetricSlice, MetricWarning
from schema.quantity import Quantity
from schema.scalars import EDTF
from schema.write import optional, row_number
from workers.metrics.catalogue import METRICS, facts_of
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


@strawberry.input(description="A claim about the organization that no source makes.")
class SimulatedClaim:
    property: str = field(description='The key of the property, such as "EMPLOYEES".')
    value: ClaimValueInput = field(description="What it says; not a `node`, of which more would have to be known.")
    valid_during: EDTF | None = field(default=UNSET, description="When it holds.")


@strawberry.input(description="More partners of a sector, or fewer.")
class SimulatedPartners:
    sector: Sector = field(description="The sector that they belong to.")
    by: int = field(
        description="How many have joined today, or, where it is negative, have left this year. Those that leave are"
        " taken to be no founders and to take part in no workstream."
    )


@strawberry.input(one_of=True, description="Something that is supposed to be otherwise; exactly one of these.")
class SimulatedChange:
    claim: SimulatedClaim | None = field(
        default=UNSET, description="This is claimed as well, without citations, and alone PREFERRED of its property."
    )
    without_claim: strawberry.ID | None = field(
        default=UNSET, description="This claim about the organization, or what belongs to it, isn't there."
    )
    prefer_claim: strawberry.ID | None = field(
        default=UNSET, description="This claim is alone PREFERRED of its property, such as seven founders and not six."
    )
    partners: SimulatedPartners | None = field(default=UNSET, description="There are more partners, or fewer.")


@strawberry.type(description="What a derived number comes to.")
class SimulatedValue:
    state: MetricState = field(description="How far it can be trusted; never STALE, for it is computed for the answer.")
    value: Quantity | None = field(description="The number with its bounds; null where there is none, never 0 instead.")
    slices: list[MetricSlice] = field(description="Its parts, where it is a breakdown.")
    warnings: list[MetricWarning] = field(
        description="What to know before relying on it; claims that are only supposed are not among their inputs."
    )
    substitution: str = field(description="The formula with the numbers in it.")


@strawberry.type(description="A derived number as it is, and as it would be.")
class SimulatedMetric:
    key: str = field(description='Its key, such as "revenue_per_employee".')
    title: str = field(description="Its name for people.")
    formula: str = field(description="How it is computed.")
    unit: str = field(description="The unit of its value.")
    before: SimulatedValue = field(description="What it comes to now.")
    after: SimulatedValue = field(description="What it would come to.")
    changed: bool = field(description="Whether its state, its number or a part of it would be another.")


async def simulate(
    info: strawberry.Info,
    organization: Annotated[strawberry.ID, strawberry.argument(description="A convener; others have no metrics.")],
    changes: Annotated[
        list[SimulatedChange],
        strawberry.argument(description=f"What is supposed, one upon the other; 1..{MOST_CHANGES}."),
    ],
    keys: Annotated[
        list[str] | None, strawberry.argument(description="Which metrics, by key; all where it is left out.")
    ] = UNSET,
) -> list[SimulatedMetric]:
    id = number(parse_id(organization), "Organization")
    if not 1 <= len(changes) <= MOST_CHANGES:
        raise GraphQLError(f"changes must be 1..{MOST_CHANGES}, got {len(changes)}")
    metrics = _metrics(keys)
    async with info.context.service.database.snapshot() as session:
        now = await _facts(session, id)
        properties = await properties_by_key(session)
    return [_shown(one) for one in suppose(metrics, now, _changed(now, changes, properties))]


# What gathering an organization and computing all its metrics twice costs, in values that an answer may hold instead.
SIMULATION: Final[Any] = field(
    resolver=simulate,
    description="Derived numbers as they would be: what if it had 40 employees? Nothing is written.",
    metadata={COST: 20_000},
)


def _metrics(keys: Sequence[str] | None) -> list[Metric]:
    if keys is None or keys is UNSET:
        return list(METRICS)
    known = [metric.key for metric in METRICS]
    for key in keys:
        if key not in known:
            raise GraphQLError(f"keys must be among {', '.join(known)}, got {key!r}")
    return [metric for metric in METRICS if metric.key in keys]


async def _facts(session: ReadSession, id: int) -> Facts:
    """All that any metric needs, whichever are asked for: whether a change is possible must not depend on that."""
    gathered = await gather(session, [id], facts_of(METRICS))
    if not gathered:
        raise GraphQLError(f"there is no Organization:{id}")
    if not gathered[0].is_convener:
        raise GraphQLError(f"a convener is wanted, got Organization:{id}, which is none and has no metrics")
    return gathered[0]


def _changed(facts: Facts, changes: Sequence[SimulatedChange], properties: Properties) -> Facts:
    """The facts as they would be; raises `GraphQLError` for the first change that makes no sense."""
    for place, change in enumerate(changes):
        try:
            facts = _change(change, properties).applied(facts)
        except DomainError as refusal:
            raise GraphQLError(f"changes[{place}]: {refusal.message}") from refusal
    return facts


def _change(change: SimulatedChange, properties: Properties) -> Change:
    """The one change that is given; raises `DomainError`."""
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
    value = claimed(claim.value, edtf)
    about = property_of(properties, claim.property)
    check_value(about, value)
    predicate = Property(about.id, about.key, about.label, about.multivalued)
    match value:
        case Reference():
            raise Invalid(
                f"a value that is no node is wanted, got {claim.value.node!r}: what it names has facts of its own"
            )
        case ValueStatus():
            return SupposedClaim(predicate, None, value, during)
        case _:
            return SupposedClaim(predicate, value, valid_during=during)


def _shown(one: Supposed) -> SimulatedMetric:
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
