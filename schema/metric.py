"""Metrics: their definitions, values, inputs and history."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import strawberry
from sqlalchemy import select
from strawberry import field

from db import models
from db.models.citation import CITABLE
from db.values.vocabulary import MetricState
from schema.change import Change
from schema.compile.declare import Part, entity, one_of, reading, rows, view
from schema.compile.page import Connection, page
from schema.node import Node
from schema.quantity import Quantity

if TYPE_CHECKING:
    from schema.claim import Claim
    from schema.organization import Organization


@entity(models.MetricDefinition)
class MetricDefinition(Node):
    """The definition of a metric."""

    key: str = field(description='The unique key, such as "revenue_per_employee".')
    title: str = field(description='The name to display, such as "Revenue per employee".')
    description: str = field(description="What the metric measures, and how it treats edge cases.")
    formula: str = field(description="The formula, in words.")
    unit: str = field(description="The unit of the values.")
    version: int = field(description="The version of the formula. When it grows, workers recompute all values.")
    depends_on: list[str] = field(
        description='The kinds of rows that the metric is computed from, such as "claim:EMPLOYEES" or "partnership".'
    )
    time_dependent: bool = field(
        description="Whether values change as time passes. If so, workers recompute them every night."
    )


@view(models.MetricSlice)
class MetricSlice:
    """One part of a metric that is a breakdown, such as one sector."""

    key: str = field(description='The key of the part, such as "INDUSTRY".')
    label: str = field(description="The name to display.")
    count: int = field(description="The number of items in the part.")
    share: Quantity | None = field(
        description="The part's share of the whole, from 0 to 1, with bounds if the whole is not fully known."
    )


@view(models.MetricWarning)
class MetricWarning:
    """A caution about a value."""

    code: str = field(description='The kind of warning, such as "YEAR_MISMATCH".')
    message: str = field(description="The warning in words.")
    inputs: list[strawberry.ID] = field(description="The ids of the rows that the warning is about.")


@view(models.MetricInput)
class MetricInput:
    """A row that a value was computed from, or that was considered and left out."""

    name: str = field(description="The name of the input in the formula.")
    node: Node | None = one_of("The row; null if it was deleted.", *CITABLE.values())
    used: Quantity | None = field(
        name="value", description="The quantity that the row contributed; null if it contributed none."
    )
    reason: str = field(description="The reason why the row was used or left out.")


@view(models.MetricAlternative)
class MetricAlternative:
    """The result that a metric would have if another claim of a conflict counted."""

    claim: "Claim | None" = field(description="The claim that would count; null if it was deleted.")
    state: MetricState = field(description="The state that the metric would have.")
    value: Quantity | None = field(description="The number that the metric would have; null if it would have none.")
    substitution: str = field(description="The formula with the numbers in it.")


@view(models.MetricValue)
class MetricExplanation:
    """How a value was computed."""

    formula: str = field(description="The formula, in words.")
    substitution: str = field(description="The formula with the numbers in it.")
    alternatives: list[MetricAlternative] = field(
        description=(
            "The results that other claims would give: one for each claim that conflicts with an input. At most 20,"
            " the best claims first; empty if no input is in conflict."
        )
    )

    @rows()
    def inputs(inputs: Any) -> list[MetricInput]:
        """The rows that the value was computed from."""
        return inputs.where(~models.MetricInput.excluded)

    @rows(of="inputs")
    def excluded_inputs(inputs: Any) -> list[MetricInput]:
        """The rows that were considered and left out."""
        return inputs.where(models.MetricInput.excluded)


@entity(models.MetricRevision)
class MetricRevision(Node):
    """A past result of a metric."""

    state: MetricState = field(description="The state at that time.")
    value: Quantity | None = field(description="The number with its bounds; null if there was none.")
    substitution: str = field(description="The formula with the numbers in it.")
    computed_at: datetime = field(description="The time at which the result was computed.")
    cause: Change | None = field(
        description="The newest change to the organization or its peer since the last result; null if the result"
        " changed for another reason, such as a change to a partner, the passing of time or a new formula."
    )


@entity(models.MetricValue)
class MetricValue(Node):
    """The value of a metric for an organization."""

    definition: MetricDefinition = field(description="The definition of the metric.")
    subject: "Organization" = field(description="The organization that the value is about.")
    peer: "Organization | None" = field(
        description="The other organization, if the metric compares two; null otherwise."
    )
    state: MetricState = field(
        description="How far the value can be trusted. STALE while `subject` or `peer` waits for a recompute."
    )
    value: Quantity | None = field(
        description="The number with its bounds; null if there is none. An unknown number is never 0."
    )
    slices: list[MetricSlice] = field(description="The parts of a breakdown; empty for other metrics.")
    warnings: list[MetricWarning] = field(description="Cautions about the value.")
    computed_at: datetime | None = field(description="The time of the last computation; null before the first.")
    computed_from_change: strawberry.ID | None = field(
        description="The id of the newest change that the value includes. Pass it as `afterChange` to `metricChanged`.",
        metadata={"node": "Change"},
    )
    stale_since: datetime | None = field(
        description="The time since which the value has been STALE; null if it is not."
    )
    explain: MetricExplanation = reading(Part(), "How the value was computed.")

    @page(newest_first=True)
    def history(history: Any) -> Connection[MetricRevision]:
        """Past results, newest first: one for each change of the state, the number or the parts."""
        return history


# The key of a metric value's definition.
DEFINITION_KEY: Final = (
    select(models.MetricDefinition.key)
    .where(models.MetricDefinition.id == models.MetricValue.definition_id)
    .scalar_subquery()
)
