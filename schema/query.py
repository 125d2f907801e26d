"""The root of all reading: composition only."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import strawberry
from graphql import GraphQLError
from strawberry import UNSET

from db import models
from schema.claim import Property
from schema.compile.declare import Arguments, resolved, rows
from schema.compile.dialect import Sql, concat
from schema.compile.page import GroupedConnection, page
from schema.identity import GlobalId, number
from schema.metric import MetricDefinition
from schema.node import Node
from schema.organization import (
    Organization,
    OrganizationOrder,
    OrganizationWhere,
    checked,
    found,
    identified,
    sorted_by,
)
from schema.source import Source

if TYPE_CHECKING:
    from schema.compile.compiler import Compiler, Field, Row

MOST_NODES: Final = 100


@dataclass(frozen=True)
class ById:
    """The rows that global ids name, of whatever type: one for `id`, a list in their order for `ids`."""

    def check(self, arguments: Arguments) -> Arguments:
        ids = arguments.get("ids", ())
        if len(ids) > MOST_NODES:
            raise GraphQLError(f"ids must be at most {MOST_NODES}, got {len(ids)}")
        return arguments

    def text(self, compiler: "Compiler", row: "Row | None", field: "Field") -> Sql:
        arguments = compiler.arguments(field, self)
        if "id" in arguments:
            return self._one(compiler, arguments["id"], field)
        items = [piece for id in arguments["ids"] for piece in (",", self._one(compiler, id, field))][1:]
        return concat(["[", *items, "]"])

    def _one(self, compiler: "Compiler", id: GlobalId, field: "Field") -> Sql:
        if id.type_name not in compiler.graph.entities:
            known = ", ".join(sorted(compiler.graph.entities))
            raise GraphQLError(f"an id of {known} is wanted, got {id.type_name!r}'s")
        return compiler.by_number(id.type_name, id.number, field)


def _node(_: Any, id: Annotated[strawberry.ID, strawberry.argument(description="Its global id.")]) -> Node | None:
    """The row with this id, null where there is none."""


def _nodes(
    _: Any,
    ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"Global ids, at most {MOST_NODES}.")],
) -> list[Node | None]:
    """The rows with these ids, in their order, null where there is none."""
    raise AssertionError


_node.__name__, _nodes.__name__ = "node", "nodes"


@strawberry.type(description="Everything that can be read.")
class Query:
    node: Node | None = resolved(_node, ById())
    nodes: list[Node | None] = resolved(_nodes, ById())

    @rows(check=checked)
    def organization(
        organizations: Any,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its global id.")] = UNSET,
        slug: Annotated[str | None, strawberry.argument(description='Its slug: "partnership-on-ai".')] = UNSET,
    ) -> Organization | None:
        """The organization with this id or slug, null where there is none."""
        return identified(organizations, id, slug)

    @page(order=sorted_by, groups={"sector": models.Organization.sector})
    def organizations(
        organizations: Any,
        where: Annotated[OrganizationWhere | None, strawberry.argument(description="Which ones.")] = UNSET,
        order_by: Annotated[
            list[OrganizationOrder] | None,
            strawberry.argument(description="In which order, by id where none is given."),
        ] = UNSET,
    ) -> GroupedConnection[Organization]:
        """All organizations. Can be grouped by "sector"."""
        return found(organizations, where)

    @rows()
    def source(
        sources: Any, id: Annotated[strawberry.ID, strawberry.argument(description="Its global id.")]
    ) -> Source | None:
        """The source with this id, null where there is none."""
        return sources.where(models.Source.id == number(id, "Source"))

    @rows()
    def metric_definitions(definitions: Any) -> list[MetricDefinition]:
        """What is computed, and how."""
        return definitions.order_by(models.MetricDefinition.id)

    @rows()
    def properties(properties: Any) -> list[Property]:
        """What can be claimed."""
        return properties.order_by(models.Property.key)
