"""Issues and positions."""

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
    """Something that is argued about an organization (IBIS)."""

    organization: "Organization" = field(description="The organization that it is about.")
    kind: IssueKind = field(description="What sort of issue it is.")
    title: str = field(description="What it is called.")
    description: str | None = field(description="What it is about.")
    since: EDTF | None = field(description="Since when.")

    @rows()
    def positions(
        positions: Any,
        stance: Annotated[Stance | None, strawberry.argument(description="Only those that take this side.")] = UNSET,
    ) -> list["Position"]:
        """What is argued."""
        return positions.where(models.Position.stance == stance) if given(stance) else positions


@entity(models.Position)
class Position(Node, HasCitations):
    """What somebody argues on an issue."""

    issue: Issue = field(description="The issue.")
    stance: Stance = field(description="The side taken.")
    argument: str = field(description="The argument.")
    holders: list["Organization"] = field(description="The organizations that are named as arguing so.")
    has_unnamed_holders: bool = field(description="Whether the source says that there are others whom it doesn't name.")
