"""Properties: what claims can state."""

import strawberry
from strawberry import field

from db import models
from db.values.vocabulary import Datatype
from schema.compile.declare import entity
from schema.node import Node
from schema.save import save_input, save_mutation, saved


@entity(models.Property)
class Property(Node):
    """A property that claims state about a subject, such as its number of employees.

    Properties are rows: a new property needs no change to the schema.
    """

    key: str = field(description='The unique key, such as "ANNUAL_REVENUE".')
    label: str = field(description='The name to display, such as "Annual revenue".')
    datatype: Datatype = field(description="The type of its values.")
    unit: str | None = field(description="The only unit that its quantities may have; null if any unit is allowed.")
    multivalued: bool = field(
        description="Whether a subject can have several values at once; if not, different values are a conflict."
    )


@save_input(models.Property)
class PropertyInput:
    """The fields of a property. A new one needs a key, a label and a datatype."""

    key: str | None = saved('The unique key: words in capitals, such as "ANNUAL_REVENUE".')
    label: str | None = saved('The name to display, such as "Annual revenue".')
    datatype: Datatype | None = saved("The type of its values.")
    unit: str | None = saved("The only unit that its quantities may have; null allows any. Other datatypes have none.")
    multivalued: bool | None = saved("Whether a subject can have several values at once; false by default.")


@strawberry.type
class PropertyMutation:
    save_property = save_mutation(
        PropertyInput,
        Property,
        "Add or change a property. Once a claim states the property, its key, datatype and unit cannot change."
        " Properties have no version: `expectedVersion` is refused.",
    )
