"""Workstreams, their participations and their outputs."""

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
    """A project on which partners of a convener work together."""

    convener: "Organization" = field(description="The organization that convenes the workstream.")
    name: str = field(description="The name.")
    other_names: list[str] = field(description="Other names that sources use.")
    description: str | None = field(description="A description of the work; null if there is none.")
    topics: list[str] = field(description="The topics.")
    claims: list[Claim] = field(description="The claims about it.")

    @page()
    def outputs(outputs: Any) -> Connection["Output"]:
        """The outputs of the workstream."""
        return outputs

    @page()
    def participations(participations: Any) -> Connection["Participation"]:
        """The participations of partners in the workstream."""
        return participations


@entity(models.Participation)
class Participation(Node, HasCitations):
    """The participation of a partner in a workstream."""

    workstream: Workstream = field(description="The workstream.")
    partnership: Partnership = field(description="The partnership of the participating partner.")
    start: EDTF | None = field(description="The start; null if unknown.")
    end: EDTF | None = field(description="The end; null if the participation has not ended or the end is unknown.")


@entity(models.Output)
class Output(Node, Versioned, HasCitations):
    """A result of a workstream, such as a report."""

    workstream: Workstream = field(description="The workstream.")
    kind: OutputKind = field(description="The kind of output.")
    title: str | None = field(description="The title; null if the source gives none.")
    topics: list[str] = field(description="The topics.")
    published: EDTF | None = field(description="The date of publication; null if unknown.")
    claims: list[Claim] = field(description="The claims about it.")
