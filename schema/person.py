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
    """Somebody who holds or held a post."""

    name: str = field(description="The person's name.")
    tenures: list["Tenure"] = field(description="The posts held.")


@entity(models.Post)
class Post(Node, Versioned, HasCitations):
    """A seat, or several alike, that exists whether or not anybody holds it (Popolo)."""

    organization: "Organization" = field(description="The organization that it belongs to.")
    body: PostBody = field(description="The body that it belongs to.")
    label: str = field(description="What it is called.")
    constituency: Sector | None = field(description="The sector that it represents, where there is one.")
    seats: Quantity | None = field(description="How many such seats there are, as far as is known.")
    tenures: list["Tenure"] = field(description="Who holds or held it.")


@entity(models.Tenure)
class Tenure(Node, HasCitations):
    """A person holds a post."""

    post: Post = field(description="The post.")
    person: Person = field(description="The person.")
    on_behalf_of: "Organization | None" = field(description="The organization that the person represents.")
    start: EDTF | None = field(description="Since when.")
    end: EDTF | None = field(description="Until when; null where no end is known.")
