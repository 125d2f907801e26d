"""Issues and the positions on them."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET, field

from db import models
from db.values.vocabulary import IssueKind, Stance
from schema.compile.declare import entity, rows
from schema.compile.where import given
from schema.node import HasCitations, Node, Versioned
from schema.scalars import EDTF

if TYPE_CHECKING:
    from schema.organization import Organization


@entity(models.Issue)
class Issue(Node, Versioned, HasCitations):
    """A question that people argue about an organization (Issue-Based Information System, IBIS)."""

    organization: "Organization" = field(description="The organization that the issue is about.")
    kind: IssueKind = field(description="The kind of issue.")
    title: str = field(description="The title of the issue.")
    description: str | None = field(description="A description of the issue.")
    since: EDTF | None = field(description="The time since which the issue exists; null if unknown.")

    @rows()
    def positions(
        positions: Any,
        stance: Annotated[
            Stance | None, strawberry.argument(description="Return only positions with this stance.")
        ] = UNSET,
    ) -> list["Position"]:
        """The positions on the issue."""
        return positions.where(models.Position.stance == stance) if given(stance) else positions


@entity(models.Position)
class Position(Node, HasCitations):
    """One side of an issue, with its argument and the organizations that hold it."""

    issue: Issue = field(description="The issue that the position is on.")
    stance: Stance = field(description="The side that the position takes.")
    argument: str = field(description="The argument for the position.")
    holders: list["Organization"] = field(description="The organizations that sources name as holding the position.")
    has_unnamed_holders: bool = field(
        description="Whether the source says that others, whom it does not name, hold the position too."
    )
