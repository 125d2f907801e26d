"""The query root: composition only."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

import strawberry
from graphql import GraphQLError
from sqlalchemy import BigInteger, cast, literal_column, or_
from strawberry import UNSET

from db import models
from db.values.reference import Reference
from schema.compile.declare import make_field, rows
from schema.compile.dialect import Sql, constant
from schema.compile.field import Field
from schema.compile.identity import number
from schema.compile.page import Connection, GroupedConnection, page
from schema.compile.protocols import Arguments, FieldCompiler
from schema.compile.row import Row
from schema.compile.where import apply_filter, given, is_among
from schema.job import HEALTH, Job, JobWhere, QueueHealth
from schema.metric import DEFINITION_KEY, MetricDefinition, MetricValue
from schema.node import Node
from schema.organization import (
    Organization,
    OrganizationOrder,
    OrganizationWhere,
    check_id_or_slug,
    filter_by_id_or_slug,
    order_organizations,
)
from schema.property import Property
from schema.simulation import SIMULATION, SimulatedMetric
from schema.source import Source

MOST_NODES: Final = 100

AsOf = Annotated[
    date | None,
    strawberry.argument(
        description="Read as of this day: lists contain only partnerships, tenures, claims and other dated rows that"
        ' may be valid on it. A partial date covers each day that it may mean: "2016" covers the whole year.'
    ),
]


def check_lengths(arguments: Arguments) -> Arguments:
    """Refuses long lists, because the statement grows with them."""
    for name, value in arguments.items():
        if isinstance(value, list) and len(value) > MOST_NODES:  # pyright: ignore[reportUnknownArgumentType]
            raise GraphQLError(f"expected at most {MOST_NODES} {name}, got {len(value)}")  # pyright: ignore[reportUnknownArgumentType]
    return arguments


@dataclass(frozen=True)
class ById:
    """The rows of any type that global ids name: one row for `id`, a list in the same order for `ids`."""

    def check(self, arguments: Arguments) -> Arguments:
        return check_lengths(arguments)

    def text(self, compiler: FieldCompiler, row: Row | None, field: Field) -> Sql:
        arguments = compiler.arguments(field, self)
        if "id" in arguments:
            id: Reference = arguments["id"]
            return compiler.by_number(_check_type(compiler, id), id.id, field)
        ids: list[Reference] = arguments["ids"]
        if not ids:
            return constant("[]")
        alias = compiler.alias()
        asked = " UNION ALL ".join(_select_id(compiler, place, id) for place, id in enumerate(ids))
        number = literal_column(f"{alias}.number")
        item = compiler.choice(
            (f"{alias}.type_name = {constant(name)}", compiler.by_number(name, number, field))
            for name in dict.fromkeys(_check_type(compiler, id) for id in ids)
        )
        return compiler.list(item, f"(SELECT * FROM ({asked}) AS {alias} ORDER BY place) AS {alias}")


def _select_id(compiler: FieldCompiler, place: int, id: Reference) -> str:
    number = compiler.expression(cast(id.id, BigInteger))
    return f"SELECT {place} AS place, {constant(id.type_name)} AS type_name, {number} AS number"


def _check_type(compiler: FieldCompiler, id: Reference) -> str:
    if id.type_name not in compiler.entities:
        known = ", ".join(sorted(compiler.entities))
        raise GraphQLError(f"expected an id of {known}, got an id of {id.type_name!r}")
    return id.type_name


def _node(_: Any, id: Annotated[strawberry.ID, strawberry.argument(description="The global id.")]) -> Node | None:
    """The row with this id; null if there is none."""


def _nodes(
    _: Any,
    ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"The global ids, at most {MOST_NODES}.")],
) -> list[Node | None]:
    """The rows with these ids, in the same order; null for each id without a row."""
    raise AssertionError


_node.__name__, _nodes.__name__ = "node", "nodes"


@strawberry.type(description="The entry points for reading.")
class Query:
    node: Node | None = make_field(_node, ById())
    nodes: list[Node | None] = make_field(_nodes, ById())

    @rows(check=check_id_or_slug)
    def organization(
        organizations: Any,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The global id.")] = UNSET,
        slug: Annotated[str | None, strawberry.argument(description='The slug, such as "partnership-on-ai".')] = UNSET,
        as_of: AsOf = UNSET,
    ) -> Organization | None:
        """The organization with this id or slug; null if there is none. Pass exactly one of both."""
        return filter_by_id_or_slug(organizations, id, slug)

    @page(order=order_organizations, groups={"sector": models.Organization.sector})
    def organizations(
        organizations: Any,
        where: Annotated[
            OrganizationWhere | None, strawberry.argument(description="Return only matching organizations.")
        ] = UNSET,
        order_by: Annotated[
            list[OrganizationOrder] | None,
            strawberry.argument(description="The order, at most 5 values; by id if omitted."),
        ] = UNSET,
        as_of: AsOf = UNSET,
    ) -> GroupedConnection[Organization]:
        """A page of all organizations. Group: "sector"."""
        return apply_filter(organizations, where, dated=given(as_of))

    @rows(check=check_lengths)
    def compare_organizations(
        values: Any,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description=f"The ids of the organizations, at most {MOST_NODES}.")
        ],
        keys: Annotated[list[str], strawberry.argument(description=f"The keys of the metrics, at most {MOST_NODES}.")],
    ) -> list[MetricValue]:
        """The same metrics of several organizations, sorted by metric. Organizations without a value are left out.

        A metric that compares two organizations has one value for each pair of them.
        """
        table = models.MetricValue.__table__.c
        numbers = [number(id, "Organization") for id in ids]
        asked = is_among(table.subject_id, numbers) & is_among(DEFINITION_KEY, keys)
        return values.where(asked, or_(table.peer_id.is_(None), is_among(table.peer_id, numbers))).order_by(
            table.definition_id, table.subject_id, table.id
        )

    @rows()
    def source(
        sources: Any, id: Annotated[strawberry.ID, strawberry.argument(description="The global id.")]
    ) -> Source | None:
        """The source with this id; null if there is none."""
        return sources.where(models.Source.id == number(id, "Source"))

    @rows()
    def metric_definitions(definitions: Any) -> list[MetricDefinition]:
        """The definitions of all metrics."""
        return definitions.order_by(models.MetricDefinition.id)

    @rows()
    def properties(properties: Any) -> list[Property]:
        """All properties that claims can state, sorted by key."""
        return properties.order_by(models.Property.key)

    @page(newest_first=True)
    def jobs(
        jobs: Any,
        where: Annotated[JobWhere | None, strawberry.argument(description="Return only matching jobs.")] = UNSET,
    ) -> Connection[Job]:
        """Failed recomputes and requested backfills, newest first."""
        return apply_filter(jobs, where)

    queue_health: QueueHealth = HEALTH

    simulate: list[SimulatedMetric] = SIMULATION
