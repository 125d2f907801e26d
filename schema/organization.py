"""Organizations: their type, filter and order."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final

import strawberry
from graphql import GraphQLError
from sqlalchemy import Select, case, func, inspect, literal, select
from strawberry import UNSET, field

from db import models
from db.facts.best_claim import best
from db.sql.sort_key import sort_key
from db.sql.types import ExactDecimal
from db.values.vocabulary import IssueKind, MetricState, NameKind, PostBody, RelationKind, Sector, Term
from schema.assessment import Assessment
from schema.change import Change
from schema.claim import Claim, ClaimConflict, ClaimWhere
from schema.compile.declare import Arguments, Rows, entity, reading, rows, view
from schema.compile.page import Connection, GroupedConnection, Key, page
from schema.compile.source import table_of, validity
from schema.compile.where import (
    apply_filter,
    column,
    condition,
    condition_input,
    conditions,
    filter_input,
    given,
    is_among,
)
from schema.filters import DecimalFilter, StringFilter
from schema.identity import number
from schema.issue import Issue
from schema.metric import DEFINITION_KEY, MetricValue
from schema.node import HasCitations, Node, Versioned
from schema.partnership import GROUPS, Partnership, PartnershipOrder, PartnershipWhere, order_partnerships
from schema.person import Post
from schema.quantity import DateValue, Quantity
from schema.scalars import EDTF, URL
from schema.source import Source
from schema.vocabulary import OrderDirection, term_enum
from schema.workstream import Workstream


def shortcut(property_key: str, show: str, description: str) -> Any:
    """A field that shows an attribute of the best-ranked claim of a property."""
    return reading(Rows(lambda claims: best(claims, property_key), of="claims", show=show), description)


@view(models.OtherName)
class OtherName:
    """A name beside the organization's own."""

    name: str = field(description="The name.")
    kind: NameKind = field(description="What sort of name it is.")
    valid_during: EDTF | None = field(description="When it was used.")


@view(models.Identifier)
class Identifier:
    """What another register calls the organization."""

    scheme: str = field(description='The register, such as "ROR".')
    value: str = field(description="The number or key there.")
    url: URL | None = field(description="The entry there.")


@entity(models.OrganizationRelation)
class OrganizationRelation(Node, HasCitations):
    """What one organization is to another (ROR relationship types)."""

    kind: RelationKind = field(description="What `to` is to `from`.")
    from_organization: "Organization" = field(
        name="from", description="The organization that the relation starts from."
    )
    to_organization: "Organization" = field(name="to", description="The other organization.")
    valid_during: EDTF | None = field(description="When it held.")


_TABLE: Final = models.Organization.__table__.c


@entity(models.Organization)
class Organization(Node, Versioned, HasCitations):
    """An organization: one that convenes others, a partner of such, or one that is mentioned with them."""

    slug: str = field(description='Its name in URLs, such as "partnership-on-ai".')
    name: str = field(description="Its name.")
    other_names: list[OtherName] = field(description="Its other names.")
    sector: Sector = field(description="The part of society that it belongs to.")
    is_convener: bool = field(description="Whether it convenes partners.")
    identifiers: list[Identifier] = field(description="What other registers call it.")
    founded_on: DateValue | None = shortcut("FOUNDING_DATE", "date", "When it was founded: the best-ranked claim.")
    headquarters: str | None = shortcut("HEADQUARTERS", "text", "Where it sits: the best-ranked claim.")
    website: URL | None = shortcut("WEBSITE", "text", "Its website: the best-ranked claim.")
    annual_revenue: Quantity | None = shortcut(
        "ANNUAL_REVENUE", "quantity", "What it takes in in a year: the best-ranked claim."
    )
    employees: Quantity | None = shortcut(
        "EMPLOYEES", "quantity", "How many people work for it: the best-ranked claim."
    )
    reported_partner_count: Quantity | None = shortcut(
        "PARTNER_COUNT", "quantity", "How many partners it is said to have: the best-ranked claim."
    )
    assessments: list[Assessment] = field(description="How it is rated.")
    sources: list[Source] = field(description="The sources about it.")

    @rows()
    def relations(
        relations: Any,
        kind: Annotated[RelationKind | None, strawberry.argument(description="Only of this kind.")] = UNSET,
    ) -> list[OrganizationRelation]:
        """What other organizations are to it."""
        return relations.where(models.OrganizationRelation.kind == kind) if given(kind) else relations

    @rows(of="claims")
    def best_claim(
        claims: Any, property: Annotated[str, strawberry.argument(description='The key, such as "EMPLOYEES".')]
    ) -> Claim | None:
        """The claim to go by: PREFERRED before NORMAL, never DEPRECATED; then the latest, then the newest."""
        return best(claims, property)

    @page()
    def claims(
        claims: Any, where: Annotated[ClaimWhere | None, strawberry.argument(description="Which ones.")] = UNSET
    ) -> Connection[Claim]:
        """What sources say of it."""
        return apply_filter(claims, where)

    @rows()
    def conflicts(
        conflicts: Any,
        only_incompatible: Annotated[
            bool, strawberry.argument(description="Leave out those that can all be true at once.")
        ] = False,
    ) -> list[ClaimConflict]:
        """Where claims about it, or about what belongs to it, differ."""
        return conflicts.where(~models.ClaimConflict.compatible) if only_incompatible else conflicts

    @page(order=order_partnerships, groups=GROUPS)
    def partnerships(
        partnerships: Any,
        where: Annotated[PartnershipWhere | None, strawberry.argument(description="Which ones.")] = UNSET,
        order_by: Annotated[
            list[PartnershipOrder] | None, strawberry.argument(description="In which order, by id where none is given.")
        ] = UNSET,
    ) -> GroupedConnection[Partnership]:
        """Its partners. Can be grouped by "sector" (the partner's, now) and "role"."""
        return apply_filter(partnerships, where)

    @page(order=order_partnerships, groups=GROUPS)
    def memberships(
        memberships: Any,
        where: Annotated[PartnershipWhere | None, strawberry.argument(description="Which ones.")] = UNSET,
        order_by: Annotated[
            list[PartnershipOrder] | None, strawberry.argument(description="In which order, by id where none is given.")
        ] = UNSET,
    ) -> GroupedConnection[Partnership]:
        """The partnerships in which it is the partner. Can be grouped by "sector" and "role"."""
        return apply_filter(memberships, where)

    @page()
    def workstreams(workstreams: Any) -> Connection[Workstream]:
        """What its partners work on together."""
        return workstreams

    @rows()
    def posts(
        posts: Any, body: Annotated[PostBody | None, strawberry.argument(description="Only of this body.")] = UNSET
    ) -> list[Post]:
        """Its seats, held or not."""
        return posts.where(models.Post.body == body) if given(body) else posts

    @rows()
    def issues(
        issues: Any, kind: Annotated[IssueKind | None, strawberry.argument(description="Only of this kind.")] = UNSET
    ) -> list[Issue]:
        """What is argued about it."""
        return issues.where(models.Issue.kind == kind) if given(kind) else issues

    @rows(of="metrics")
    def metric(
        metrics: Any,
        key: Annotated[str, strawberry.argument(description='The metric, such as "revenue_per_employee".')],
    ) -> MetricValue | None:
        """One derived number; null where it isn't computed for this organization, or compares it with others."""
        return metrics.where(key == DEFINITION_KEY, models.MetricValue.peer_id.is_(None)).limit(1)

    @rows()
    def metrics(
        metrics: Any,
        keys: Annotated[list[str] | None, strawberry.argument(description="Only these.")] = UNSET,
    ) -> list[MetricValue]:
        """Its derived numbers; a metric that compares it with others has one for each peer."""
        return metrics.where(is_among(DEFINITION_KEY, keys)) if keys is not None and keys is not UNSET else metrics

    @page(newest_first=True)
    def changes(changes: Any) -> Connection[Change]:
        """What was changed about it, newest first."""
        return changes


def _values() -> Select[Any]:
    """The metric values of an organization, apart from those that compare it with another."""
    value = models.MetricValue.__table__.c
    return (
        select(value.id)
        .join(models.MetricDefinition.__table__, models.MetricDefinition.id == value.definition_id)
        .where(value.subject_id == _TABLE.id, value.peer_id.is_(None))
        .correlate(models.Organization.__table__)
    )


@condition_input
class MetricWhere:
    """Match organizations by one of their metrics. All given conditions must hold."""

    key: str = column(
        models.MetricDefinition.key,
        'The metric, such as "revenue_per_employee"; not one that compares two organizations.',
        required=True,
    )
    value: DecimalFilter | None = column(models.MetricValue.__table__.c.value_value, "Match by the metric's number.")
    state: list[MetricState] | None = column(models.MetricValue.state, "The metric is in one of these states.")


def _partnered(own: str, other: str) -> Callable[[Any, bool], Any]:
    """Tests whether an organization is at one end of a partnership that has the given organization at the other."""

    def test(id: Any, dated: bool) -> Any:
        table = table_of(inspect(models.Partnership))
        partnerships = select(table.c[own]).where(*(validity(table) if dated else ()))
        return _TABLE.id.in_(partnerships.where(table.c[other] == number(id, "Organization")))

    return test


@filter_input
class OrganizationWhere:
    """Filter organizations. All given conditions must hold."""

    name: StringFilter | None = column(_TABLE.name, "Match by name.")
    sector: list[Sector] | None = column(_TABLE.sector, "The organization is in one of these sectors.")
    is_convener: bool | None = column(_TABLE.is_convener, "Whether the organization convenes partners.")
    partner_of: strawberry.ID | None = condition(
        _partnered("partner_id", "convener_id"), "The organization is a partner of this one."
    )
    has_partner: strawberry.ID | None = condition(
        _partnered("convener_id", "partner_id"), "The organization has this one as a partner."
    )
    metric: MetricWhere | None = condition(
        lambda where, dated: _values().where(*conditions(where, dated)).exists(), "Match by one metric."
    )


@term_enum
class OrganizationOrderField(Term):
    """The value by which organizations are ordered."""

    NAME = "NAME", "The organization's name."
    CREATED_AT = "CREATED_AT", "The time at which the organization was added."
    UPDATED_AT = "UPDATED_AT", "The time of the last change to the organization's own fields."
    METRIC = "METRIC", "The number of the metric that `metricKey` names; organizations without it come last."


@strawberry.input(description="An order of organizations; those that are equal in it come in the order of their ids.")
class OrganizationOrder:
    field: OrganizationOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")
    metric_key: str | None = strawberry.field(
        default=UNSET,
        description="Which metric METRIC orders by, not one that compares two; those without its number come last.",
    )


_ORDERS: Final = {
    OrganizationOrderField.NAME: (_TABLE.name, str),
    OrganizationOrderField.CREATED_AT: (_TABLE.created_at, datetime),
    OrganizationOrderField.UPDATED_AT: (_TABLE.updated_at, datetime),
}


def order_organizations(order_by: list[OrganizationOrder] | None = UNSET, **_filters: Any) -> list[Key]:
    """The keys of an order; raises `GraphQLError` where a metric's key is missing or out of place."""
    return [key for order in order_by or () for key in _keys(order)]


def _keys(order: OrganizationOrder) -> list[Key]:
    by_metric = order.field is OrganizationOrderField.METRIC
    if by_metric != given(order.metric_key):
        raise GraphQLError(
            f"metricKey is wanted with METRIC and nowhere else, got {order.field.name} "
            f"{'without' if by_metric else 'with'} it"
        )
    descending = order.direction is OrderDirection.DESC
    if not by_metric:
        return [Key(*_ORDERS[order.field], descending)]
    number = _metric(order.metric_key).with_only_columns(models.MetricValue.__table__.c.value_value).scalar_subquery()
    known = func.coalesce(number, literal(Decimal(0), ExactDecimal))
    return [Key(case((number.is_(None), 1), else_=0)), Key(known, Decimal, descending, sort_key)]


def _metric(key: Any) -> Select[Any]:
    """The value of a metric of an organization."""
    return _values().where(models.MetricDefinition.key == key)


_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def filter_by_id_or_slug(organizations: Select[Any], id: Any, slug: Any) -> Any:
    """The one organization with this id or slug."""
    if given(id):
        return organizations.where(_TABLE.id == number(id, "Organization"))
    return organizations.where(_TABLE.slug == slug)


def check_id_or_slug(arguments: Arguments) -> Arguments:
    """Exactly one of `id` and `slug`, and a slug that can be one."""
    id, slug = arguments.get("id"), arguments.get("slug")
    if given(id) == given(slug):
        raise GraphQLError(f"either id or slug is wanted, got {'both' if given(id) else 'neither'}")
    if given(slug) and (not isinstance(slug, str) or not _SLUG.fullmatch(slug)):
        raise GraphQLError(f'a slug like "partnership-on-ai" is wanted, got {str(slug)[:80]!r}')
    return arguments
