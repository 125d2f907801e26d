"""Workstreams, who takes part in them, and what comes of them."""

from typing import TYPE_CHECKING, Any

from strawberry import field

from db import models
from db.values.vocabulary import OutputKind
from schema.claim import Claim
from schema.compile.declare import entity
from schema.compile.page import Connection, page
from schema.node import HasCitations, Node, Versioned
from schema.partnership import Partnership
from schema.scalars import EDTF

if TYPE_CHECKING:
    from schema.organization import Organization


@entity(models.Workstream)
class Workstream(Node, Versioned, HasCitations):
    """What a convener's partners work on together."""

    convener: "Organization" = field(description="The organization that convenes it.")
    name: str = field(description="Its name.")
    other_names: list[str] = field(description="Other names that sources give it.")
    description: str | None = field(description="What it is about.")
    topics: list[str] = field(description="Its topics.")
    claims: list[Claim] = field(description="What sources say of it.")

    @page()
    def outputs(outputs: Any) -> Connection["Output"]:
        """What has come of it."""
        return outputs

    @page()
    def participations(participations: Any) -> Connection["Participation"]:
        """Who takes part."""
        return participations


@entity(models.Participation)
class Participation(Node, HasCitations):
    """A partner takes part in a workstream."""

    workstream: Workstream = field(description="The workstream.")
    partnership: Partnership = field(description="The partnership of the one who takes part.")
    start: EDTF | None = field(description="Since when.")
    end: EDTF | None = field(description="Until when; null where no end is known.")


@entity(models.Output)
class Output(Node, Versioned, HasCitations):
    """Something that a workstream has brought out."""

    workstream: Workstream = field(description="The workstream.")
    kind: OutputKind = field(description="What sort of output it is.")
    title: str | None = field(description="Its title; null where the source gives none.")
    topics: list[str] = field(description="Its topics.")
    published: EDTF | None = field(description="When it was published.")
    claims: list[Claim] = field(description="What sources say of it.")
