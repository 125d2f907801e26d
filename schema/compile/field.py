"""A field as an operation selects it."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from graphql import GraphQLField, GraphQLObjectType, Node, VariableNode, get_named_type, visit
from graphql.execution.collect_fields import FieldDetails
from graphql.language import Visitor
from strawberry.types.field import StrawberryField

# The key of a field's or a type's extensions under which Strawberry keeps its own definition.
DEFINITION: Final = "strawberry-definition"


class Field(NamedTuple):
    """A field of an object type, with the nodes of the operation that select it."""

    owner: GraphQLObjectType
    definition: GraphQLField
    declared: StrawberryField
    details: list[FieldDetails]

    @property
    def name(self) -> str:
        """The name in Python, such as `total_count`."""
        return self.declared.python_name

    @property
    def type(self) -> GraphQLObjectType:
        """The type of the value, or of the items of a list: an object type wherever a field composes an object."""
        named: Any = get_named_type(self.definition.type)
        return named

    def varies(self, *names: str) -> bool:
        """Whether one of these arguments contains a variable; `names` are the names in the schema."""
        arguments = self.details[0].node.arguments or ()
        return has_variable(argument for argument in arguments if argument.name.value in names)


def has_variable(nodes: Iterable[Node]) -> bool:
    """Whether one of the nodes is or contains a variable."""
    found = _Variables()
    for node in nodes:
        visit(node, found)
    return found.any


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.any = False

    def enter_variable(self, _node: VariableNode, *_: Any) -> None:
        self.any = True
