"""People, posts and tenures."""

from typing import TYPE_CHECKING

from strawberry import field

from db import models
from db.values.vocabulary import PostBody, Sector
from schema.compile.declare import entity
from schema.node import HasCitations, Node, Versioned
from schema.quantity import Quantity
from schema.scalars import EDTF

if TYPE_CHECKING:
    from schema.organization import Organization


@entity(models.Person)
class Person(Node, Versioned):
    """A person who holds or held a post."""

    name: str = field(description="The person's name.")
    tenures: list["Tenure"] = field(description="The posts that the person holds or held.")


@entity(models.Post)
class Post(Node, Versioned, HasCitations):
    """A seat, or several equal seats, in a body of an organization. It exists even while nobody holds it (Popolo)."""

    organization: "Organization" = field(description="The organization that the post belongs to.")
    body: PostBody = field(description="The body that the post belongs to.")
    label: str = field(description="The title of the post.")
    constituency: Sector | None = field(description="The sector that the post represents; null if it represents none.")
    seats: Quantity | None = field(description="The number of seats; null if unknown.")
    tenures: list["Tenure"] = field(description="The people who hold or held the post.")


@entity(models.Tenure)
class Tenure(Node, HasCitations):
    """The time for which a person holds a post."""

    post: Post = field(description="The post that the person holds.")
    person: Person = field(description="The person who holds the post.")
    on_behalf_of: "Organization | None" = field(
        description="The organization that the person represents; null if unknown or none."
    )
    start: EDTF | None = field(description="The start; null if unknown.")
    end: EDTF | None = field(description="The end; null if the tenure has not ended or the end is unknown.")
