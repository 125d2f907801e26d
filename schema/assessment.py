"""Assessments."""

from typing import TYPE_CHECKING

from strawberry import field

from db import models
from db.values.vocabulary import Rating
from schema.claim import Claim
from schema.compile.declare import entity
from schema.node import HasCitations, Node, Versioned
from schema.scalars import EDTF

if TYPE_CHECKING:
    from schema.organization import Organization


@entity(models.Assessment)
class Assessment(Node, Versioned, HasCitations):
    """How somebody rates an organization in one dimension."""

    subject: "Organization" = field(description="The organization that is rated.")
    dimension: str = field(description='In what, such as "Policy Influence".')
    rating: Rating = field(description="The rating.")
    evidence: str = field(description="On what evidence.")
    assessor: str | None = field(description="Who rates; null where the source doesn't say.")
    assessed_during: EDTF | None = field(description="When; null where the source doesn't say.")
    supported_by: list[Claim] = field(description="The claims that the evidence makes.")
