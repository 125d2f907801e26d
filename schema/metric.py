"""Derived numbers and what they rest on."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import strawberry
from sqlalchemy import select
from strawberry import field

from db import models
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
    """What a metric means."""

    key: str = field(description='Its key, such as "revenue_per_employee".')
    title: str = field(description="Its name for people.")
    description: str = field(description="What it tells, and its edge cases.")
    formula: str = field(description="How it is computed.")
    unit: str = field(description="The unit of its value.")
    version: int = field(description="Grows when the formula changes; values are then computed anew.")
    depends_on: list[str] = field(description="What it is computed from.")
    time_dependent: bool = field(description="Whether it changes with the passing of time alone.")


@view(models.MetricSlice)
class MetricSlice:
    """One part of a metric that is a breakdown."""

    key: str = field(description='Which part, such as "INDUSTRY".')
    label: str = field(description="The part's name for people.")
    count: int = field(description="How many are in it.")
    share: Quantity | None = field(description="Its share of the whole, with bounds where the whole is known in part.")


@view(models.MetricWarning)
class MetricWarning:
    """Something to know before relying on a value."""

    code: str = field(description='What sort of warning, such as "YEAR_MISMATCH".')
    message: str = field(description="The warning as a sentence.")
    inputs: list[strawberry.ID] = field(description="Global ids of the rows that it is about.")


@view(models.MetricInput)
class MetricInput:
    """A row that a value was computed from, or that was left out."""

    name: str = field(description="Its name in the formula.")
    node: Node | None = one_of(
        "The row; null once it is deleted.",
        "claim",
        "partnership",
        "assessment",
        "position",
        "tenure",
        "participation",
        "workstream",
        "output",
        "organization",
    )
    used: Quantity | None = field(name="value", description="The quantity that was taken from it.")
    reason: str = field(description="Why it was taken, or left out.")


@view(models.MetricAlternative)
class MetricAlternative:
    """What a value would be if one believed a claim that contradicts one which it rests on."""

    claim: "Claim | None" = field(description="The claim, as if it were preferred; null once it is deleted.")
    state: MetricState = field(description="How the value would come out.")
    value: Quantity | None = field(description="The number with its bounds; null where there would be none.")
    substitution: str = field(description="The formula with the numbers in it.")


@view(models.MetricValue)
class MetricExplanation:
    """How a value came about."""

    formula: str = field(description="The formula.")
    substitution: str = field(description="The formula with the numbers in it.")
    alternatives: list[MetricAlternative] = field(
        description=(
            "What it would be by each claim that contradicts one it rests on; empty where nothing is disputed. Of more"
            " than 20 such claims, those that would be believed first."
        )
    )

    @rows()
    def inputs(inputs: Any) -> list[MetricInput]:
        """The rows that it was computed from."""
        return inputs.where(~models.MetricInput.excluded)

    @rows(of="inputs")
    def excluded_inputs(inputs: Any) -> list[MetricInput]:
        """The rows that were considered and left out."""
        return inputs.where(models.MetricInput.excluded)


@entity(models.MetricRevision)
class MetricRevision(Node):
    """What a derived number became when it changed."""

    state: MetricState = field(description="How it came out then.")
    value: Quantity | None = field(description="The number with its bounds; null where there was none.")
    substitution: str = field(description="The formula with the numbers in it.")
    computed_at: datetime = field(description="When it was computed.")
    cause: Change | None = field(
        description="The newest change to the organization, or to its peer, that was new to it; null where it came from"
        " elsewhere, such as a partner, the passing of time or a new formula."
    )


@entity(models.MetricValue)
class MetricValue(Node):
    """A derived number, and how far it can be trusted."""

    definition: MetricDefinition = field(description="What it means.")
    subject: "Organization" = field(description="The organization that it is about.")
    peer: "Organization | None" = field(description="The other organization, where it compares two.")
    state: MetricState = field(
        description="How far it can be trusted now; STALE while the subject, or the peer, is to be recomputed."
    )
    value: Quantity | None = field(description="The number with its bounds; null where there is none, never 0 instead.")
    slices: list[MetricSlice] = field(description="Its parts, where it is a breakdown.")
    warnings: list[MetricWarning] = field(description="What to know before relying on it.")
    computed_at: datetime | None = field(description="When it was computed.")
    computed_from_change: strawberry.ID | None = field(
        description="The newest change that it takes into account.", metadata={"node": "Change"}
    )
    stale_since: datetime | None = field(description="Since when it has been STALE; null where it isn't.")
    explain: MetricExplanation = reading(Part(), "How it came about.")

    @page(newest_first=True)
    def history(history: Any) -> Connection[MetricRevision]:
        """What it was, newest first: an entry for each time that its state, number or parts changed."""
        return history


# The key of a metric value's definition.
DEFINITION_KEY: Final = (
    select(models.MetricDefinition.key)
    .where(models.MetricDefinition.id == models.MetricValue.definition_id)
    .scalar_subquery()
)
