"""Assessments of organizations."""

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
    """A rating of an organization in one dimension."""

    subject: "Organization" = field(description="The rated organization.")
    dimension: str = field(description='The dimension, such as "Policy Influence".')
    rating: Rating = field(description="The rating, on five steps.")
    evidence: str = field(description="The text that gives the reasons for the rating.")
    assessor: str | None = field(description="The author of the rating; null if the source names none.")
    assessed_during: EDTF | None = field(description="The date of the rating; null if the source states none.")
    supported_by: list[Claim] = field(description="The claims that the evidence is based on.")
