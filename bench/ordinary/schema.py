"""The types that the queries need. Resolvers get model rows as `self`, and each relation goes through a loader."""

from decimal import Decimal
from typing import Any, Self

import strawberry
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from bench.ordinary.loaders import Loaders, select_shown
from db import models
from db.values.vocabulary import MetricState, PartnerRole, Sector

strawberry.enum(MetricState)
strawberry.enum(PartnerRole)
strawberry.enum(Sector)

Info = strawberry.Info[Loaders, None]


@strawberry.type
class Quantity:
    value: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    unit: str


@strawberry.type
class MetricDefinition:
    key: str


@strawberry.type
class MetricValue:
    value: Quantity | None

    @strawberry.field
    async def state(self: Any, info: Info) -> MetricState:
        return MetricState.STALE if await info.context.marks.load(self.subject_id) else self.computed_state

    @strawberry.field
    async def definition(self: Any, info: Info) -> MetricDefinition:
        return await info.context.definitions.load(self.definition_id)


@strawberry.type
class Partnership:
    role: PartnerRole

    @strawberry.field
    def start(self: Any) -> str | None:
        return self.start.edtf if self.start else None

    @strawberry.field
    async def partner(self: Any, info: Info) -> "Organization":
        return await info.context.organizations.load(self.partner_id)


@strawberry.type
class Participation:
    @strawberry.field
    async def partnership(self: Any, info: Info) -> Partnership:
        return await info.context.partnerships.load(self.partnership_id)


@strawberry.type
class Page:
    @classmethod
    def of(cls, nodes: Any) -> Self:
        return cls(nodes=nodes)  # pyright: ignore[reportCallIssue]


@strawberry.type
class ParticipationConnection(Page):
    nodes: list[Participation]


@strawberry.type
class PartnershipConnection(Page):
    nodes: list[Partnership]


@strawberry.type
class Workstream:
    name: str
    description: str | None

    @strawberry.field
    async def participations(self: Any, info: Info, first: int = 25) -> ParticipationConnection:
        return ParticipationConnection.of(await info.context.participations_of(self.id, first))


@strawberry.type
class WorkstreamConnection(Page):
    nodes: list[Workstream]


@strawberry.type
class Organization:
    name: str
    slug: str
    sector: Sector
    is_convener: bool

    @strawberry.field
    async def metrics(self: Any, info: Info, keys: list[str] | None = None) -> list[MetricValue]:
        metrics = await info.context.metrics(self.id, 100)
        if keys is None:
            return metrics
        definitions = await info.context.definitions.load_many([metric.definition_id for metric in metrics])
        return [metric for metric, of in zip(metrics, definitions, strict=True) if of.key in keys]

    @strawberry.field
    async def partnerships(self: Any, info: Info, first: int = 25) -> PartnershipConnection:
        return PartnershipConnection.of(await info.context.partnerships_of(self.id, first))

    @strawberry.field
    async def workstreams(self: Any, info: Info, first: int = 25) -> WorkstreamConnection:
        return WorkstreamConnection.of(await info.context.workstreams_of(self.id, first))


@strawberry.type
class OrganizationConnection(Page):
    nodes: list[Organization]


@strawberry.input
class OrganizationWhere:
    is_convener: bool


@strawberry.type
class Query:
    @strawberry.field
    async def organization(self, info: Info, slug: str) -> Organization | None:
        found: Any = await info.context.rows(select_shown(models.Organization).where(models.Organization.slug == slug))
        return found[0] if found else None

    @strawberry.field
    async def organizations(
        self, info: Info, where: OrganizationWhere, first: int = 25, after: str = "0"
    ) -> OrganizationConnection:
        model = models.Organization
        matching = select_shown(model).where(model.is_convener.is_(where.is_convener), model.id > int(after))
        return OrganizationConnection.of(await info.context.rows(matching.order_by(model.id).limit(first)))


# All requests share these caches of parsed and validated queries.
_caches: list[Any] = [ParserCache(maxsize=100), ValidationCache(maxsize=100)]

# The Postgres driver returns 50000 as 5E+4, so format it plainly.
_decimal = strawberry.scalar(name="Decimal", serialize="{:f}".format, parse_value=Decimal)

schema = strawberry.Schema(Query, extensions=_caches, config=StrawberryConfig(scalar_map={Decimal: _decimal}))
