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
from schema.compile.declare import Rows, entity, reading, rows, view
from schema.compile.identity import number
from schema.compile.order import Key, Order, OrderDirection
from schema.compile.page import Connection, GroupedConnection, page
from schema.compile.protocols import Arguments
from schema.compile.source import table_of, validity
from schema.compile.vocabulary import term_enum
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
from schema.issue import Issue
from schema.metric import DEFINITION_KEY, MetricValue
from schema.node import HasCitations, Node, Versioned
from schema.partnership import GROUPS, Partnership, PartnershipOrder, PartnershipWhere, order_partnerships
from schema.person import Post
from schema.quantity import DateValue, Quantity
from schema.scalars import EDTF, URL
from schema.source import Source
from schema.workstream import Workstream


def shortcut(property_key: str, show: str, description: str) -> Any:
    """A field that shows an attribute of the best claim of a property."""
    return reading(Rows(lambda claims: best(claims, property_key), of="claims", show=show), description)


@view(models.OtherName)
class OtherName:
    """Another name of an organization."""

    name: str = field(description="The name.")
    kind: NameKind = field(description="The kind of name.")
    valid_during: EDTF | None = field(description="The time at which the name was in use; null if unknown.")


@view(models.Identifier)
class Identifier:
    """The identifier of an organization in another register."""

    scheme: str = field(description='The register, such as "ROR".')
    value: str = field(description="The identifier in the register.")
    url: URL | None = field(description="The address of the entry; null if unknown.")


@entity(models.OrganizationRelation)
class OrganizationRelation(Node, HasCitations):
    """A relation of one organization to another (ROR relationship types)."""

    kind: RelationKind = field(description="What `to` is to `from`: PARENT means that `to` is the parent.")
    from_organization: "Organization" = field(name="from", description="The organization that has the relation.")
    to_organization: "Organization" = field(name="to", description="The related organization.")
    valid_during: EDTF | None = field(description="The time at which the relation holds; null if unknown.")


_TABLE: Final = models.Organization.__table__.c


@entity(models.Organization)
class Organization(Node, Versioned, HasCitations):
    """An organization: a convener, a partner of a convener, or one that sources mention with them."""

    slug: str = field(description='The unique name in URLs, such as "partnership-on-ai".')
    name: str = field(description="The name.")
    other_names: list[OtherName] = field(description="Other names, such as acronyms and former names.")
    sector: Sector = field(description="The part of society that the organization belongs to.")
    is_convener: bool = field(description="Whether the organization convenes partners. Only conveners have metrics.")
    identifiers: list[Identifier] = field(description="The identifiers in other registers.")
    founded_on: DateValue | None = shortcut("FOUNDING_DATE", "date", "The founding date, from the best claim.")
    headquarters: str | None = shortcut("HEADQUARTERS", "text", "The place of the headquarters, from the best claim.")
    website: URL | None = shortcut("WEBSITE", "text", "The address of the website, from the best claim.")
    annual_revenue: Quantity | None = shortcut(
        "ANNUAL_REVENUE", "quantity", "The revenue of one year, from the best claim."
    )
    employees: Quantity | None = shortcut("EMPLOYEES", "quantity", "The number of employees, from the best claim.")
    reported_partner_count: Quantity | None = shortcut(
        "PARTNER_COUNT", "quantity", "The number of partners that a source states, from the best claim."
    )
    assessments: list[Assessment] = field(description="The ratings of the organization.")
    sources: list[Source] = field(description="The sources about the organization.")

    @rows()
    def relations(
        relations: Any,
        kind: Annotated[RelationKind | None, strawberry.argument(description="Return only this kind.")] = UNSET,
    ) -> list[OrganizationRelation]:
        """The relations to other organizations."""
        return relations.where(models.OrganizationRelation.kind == kind) if given(kind) else relations

    @rows(of="claims")
    def best_claim(
        claims: Any,
        property: Annotated[str, strawberry.argument(description='The key of the property, such as "EMPLOYEES".')],
    ) -> Claim | None:
        """The claim that counts for a property; null if there is none.

        DEPRECATED claims never count. PREFERRED claims come before NORMAL ones, then the claim about the latest time,
        then the newest claim.
        """
        return best(claims, property)

    @page()
    def claims(
        claims: Any,
        where: Annotated[ClaimWhere | None, strawberry.argument(description="Return only matching claims.")] = UNSET,
    ) -> Connection[Claim]:
        """The claims about the organization."""
        return apply_filter(claims, where)

    @rows()
    def conflicts(
        conflicts: Any,
        only_incompatible: Annotated[
            bool, strawberry.argument(description="Leave out conflicts whose claims can all be true at once.")
        ] = False,
    ) -> list[ClaimConflict]:
        """The conflicts of claims about the organization, its workstreams, outputs and posts."""
        return conflicts.where(~models.ClaimConflict.compatible) if only_incompatible else conflicts

    @page(order=order_partnerships, groups=GROUPS)
    def partnerships(
        partnerships: Any,
        where: Annotated[
            PartnershipWhere | None, strawberry.argument(description="Return only matching partnerships.")
        ] = UNSET,
        order_by: Annotated[
            list[PartnershipOrder] | None,
            strawberry.argument(description="The order, at most 5 values; by id if omitted."),
        ] = UNSET,
    ) -> GroupedConnection[Partnership]:
        """The partnerships of its partners. Groups: "sector" (the partner's sector today) and "role"."""
        return apply_filter(partnerships, where)

    @page(order=order_partnerships, groups=GROUPS)
    def memberships(
        memberships: Any,
        where: Annotated[
            PartnershipWhere | None, strawberry.argument(description="Return only matching partnerships.")
        ] = UNSET,
        order_by: Annotated[
            list[PartnershipOrder] | None,
            strawberry.argument(description="The order, at most 5 values; by id if omitted."),
        ] = UNSET,
    ) -> GroupedConnection[Partnership]:
        """The partnerships in which it is the partner. Groups: "sector" and "role"."""
        return apply_filter(memberships, where)

    @page()
    def workstreams(workstreams: Any) -> Connection[Workstream]:
        """The workstreams that the organization convenes."""
        return workstreams

    @rows()
    def posts(
        posts: Any,
        body: Annotated[PostBody | None, strawberry.argument(description="Return only posts of this body.")] = UNSET,
    ) -> list[Post]:
        """The posts of the organization, held or vacant."""
        return posts.where(models.Post.body == body) if given(body) else posts

    @rows()
    def issues(
        issues: Any,
        kind: Annotated[IssueKind | None, strawberry.argument(description="Return only this kind.")] = UNSET,
    ) -> list[Issue]:
        """The issues about the organization."""
        return issues.where(models.Issue.kind == kind) if given(kind) else issues

    @rows(of="metrics")
    def metric(
        metrics: Any,
        key: Annotated[str, strawberry.argument(description='The key of the metric, such as "revenue_per_employee".')],
    ) -> MetricValue | None:
        """One metric; null if it is not computed for this organization, or if it compares two organizations."""
        return metrics.where(key == DEFINITION_KEY, models.MetricValue.peer_id.is_(None)).limit(1)

    @rows()
    def metrics(
        metrics: Any,
        keys: Annotated[list[str] | None, strawberry.argument(description="Return only these metrics.")] = UNSET,
    ) -> list[MetricValue]:
        """The metrics. A metric that compares two organizations has one value for each peer."""
        return metrics.where(is_among(DEFINITION_KEY, keys)) if keys is not None and keys is not UNSET else metrics

    @page(newest_first=True)
    def changes(changes: Any) -> Connection[Change]:
        """The changes to the organization and the rows that belong to it, newest first."""
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


@strawberry.input(description="An order of organizations. Equal ones follow in the order of their ids.")
class OrganizationOrder(Order[OrganizationOrderField]):
    metric_key: str | None = strawberry.field(
        default=UNSET,
        description="The key of the metric; for METRIC only. The metric must not compare two organizations.",
    )


_ORDERS: Final = {
    OrganizationOrderField.NAME: (_TABLE.name, str),
    OrganizationOrderField.CREATED_AT: (_TABLE.created_at, datetime),
    OrganizationOrderField.UPDATED_AT: (_TABLE.updated_at, datetime),
}


def order_organizations(order_by: list[OrganizationOrder] | None = UNSET, **_filters: Any) -> list[Key]:
    """The keys of an order; raises `GraphQLError` if `metricKey` is missing or out of place."""
    return [key for order in order_by or () for key in _keys(order)]


def _keys(order: OrganizationOrder) -> list[Key]:
    by_metric = order.field is OrganizationOrderField.METRIC
    if by_metric != given(order.metric_key):
        raise GraphQLError(
            f"expected metricKey with METRIC and with no other field, got {order.field.name} "
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
    """The organization with this id or slug."""
    if given(id):
        return organizations.where(_TABLE.id == number(id, "Organization"))
    return organizations.where(_TABLE.slug == slug)


def check_id_or_slug(arguments: Arguments) -> Arguments:
    """Accepts exactly one of `id` and `slug`, and only a well-formed slug."""
    id, slug = arguments.get("id"), arguments.get("slug")
    if given(id) == given(slug):
        raise GraphQLError(f"expected either id or slug, got {'both' if given(id) else 'neither'}")
    if given(slug) and (not isinstance(slug, str) or not _SLUG.fullmatch(slug)):
        raise GraphQLError(f'expected a slug such as "partnership-on-ai", got {str(slug)[:80]!r}')
    return arguments
