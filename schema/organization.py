"""Organizations: their type, filter and order."""

import enum
import re
from datetime import datetime
from typing import Annotated, Any, Final

import strawberry
from graphql import GraphQLError
from sqlalchemy import Select, select
from strawberry import UNSET, field

from db import models
from db.models.vocabulary import Certainty, IssueKind, NameKind, PostBody, Rank, RelationKind, Sector
from db.ranked import best
from schema.compile.declare import Arguments, Rows, entity, reading, rows, view
from schema.compile.page import Connection, GroupedConnection, keyed, page
from schema.compile.where import among, given, holds, matches
from schema.filters import StringFilter
from schema.identity import number
from schema.metric import DEFINITION_KEY
from schema.node import Citable, Node, Versioned
from schema.partnership import GROUPS, Partnership, PartnershipOrder, PartnershipWhere, filtered, ordered
from schema.quantity import DateValue, Quantity
from schema.references import (
    AChange,
    AClaim,
    AClaimConflict,
    AMetricValue,
    AnAssessment,
    AnIssue,
    APost,
    ASource,
    AWorkstream,
)
from schema.scalars import EDTF, URL
from schema.vocabulary import OrderDirection


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
class OrganizationRelation(Node, Citable):
    """What one organization is to another (ROR relationship types)."""

    kind: RelationKind = field(description="What `to` is to `from`.")
    from_organization: "Organization" = field(
        name="from", description="The organization that the relation starts from."
    )
    to_organization: "Organization" = field(name="to", description="The other organization.")
    valid_during: EDTF | None = field(description="When it held.")


@strawberry.input(description="Which claims; every key that is given must hold.")
class ClaimWhere:
    property: StringFilter | None = field(default=UNSET, description="Of a property with such a key.")
    rank: list[Rank] | None = field(default=UNSET, description="With one of these ranks.")
    certainty: list[Certainty] | None = field(default=UNSET, description="With one of these certainties.")
    and_: list["ClaimWhere"] | None = field(default=UNSET, name="and", description="All of these hold.")
    or_: list["ClaimWhere"] | None = field(default=UNSET, name="or", description="One of these holds.")
    not_: "ClaimWhere | None" = field(default=UNSET, name="not", description="This doesn't hold.")


_CLAIMED_PROPERTY: Final = (
    select(models.Property.key).where(models.Property.id == models.Claim.property_id).scalar_subquery()
)


@entity(models.Organization)
class Organization(Node, Versioned, Citable):
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
    assessments: list[AnAssessment] = field(description="How it is rated.")
    sources: list[ASource] = field(description="The sources about it.")

    @rows()
    def relations(
        relations: Any,
        kind: Annotated[RelationKind | None, strawberry.argument(description="Only of this kind.")] = UNSET,
    ) -> list[OrganizationRelation]:
        """What other organizations are to it."""
        return relations.where(models.OrganizationRelation.kind == kind) if given(kind) else relations

    @rows(of="claims")
    def claim(
        claims: Any, property: Annotated[str, strawberry.argument(description='The key, such as "EMPLOYEES".')]
    ) -> AClaim | None:
        """The claim to go by: PREFERRED before NORMAL, never DEPRECATED; then the latest, then the newest."""
        return best(claims, property)

    @page()
    def claims(
        claims: Any, where: Annotated[ClaimWhere | None, strawberry.argument(description="Which ones.")] = UNSET
    ) -> Connection[AClaim]:
        """What sources say of it."""
        condition = holds(
            where,
            {
                "property": lambda key: matches(_CLAIMED_PROPERTY, key),
                "rank": lambda ranks: among(models.Claim.rank, ranks),
                "certainty": lambda certainties: among(models.Claim.certainty, certainties),
            },
        )
        return claims.where(condition)

    @rows()
    def conflicts(
        conflicts: Any,
        only_incompatible: Annotated[
            bool, strawberry.argument(description="Leave out those that can all be true at once.")
        ] = False,
    ) -> list[AClaimConflict]:
        """Where claims about it, or about what belongs to it, differ."""
        return conflicts.where(~models.ClaimConflict.compatible) if only_incompatible else conflicts

    @page(order=ordered, groups=GROUPS)
    def partnerships(
        partnerships: Any,
        where: Annotated[PartnershipWhere | None, strawberry.argument(description="Which ones.")] = UNSET,
        order_by: Annotated[
            list[PartnershipOrder] | None, strawberry.argument(description="In which order, by id where none is given.")
        ] = UNSET,
    ) -> GroupedConnection[Partnership]:
        """Its partners. Can be grouped by "sector" (the partner's, now) and "role"."""
        return filtered(partnerships, where)

    @page(order=ordered, groups=GROUPS)
    def memberships(
        memberships: Any,
        where: Annotated[PartnershipWhere | None, strawberry.argument(description="Which ones.")] = UNSET,
        order_by: Annotated[
            list[PartnershipOrder] | None, strawberry.argument(description="In which order, by id where none is given.")
        ] = UNSET,
    ) -> GroupedConnection[Partnership]:
        """The partnerships in which it is the partner. Can be grouped by "sector" and "role"."""
        return filtered(memberships, where)

    @page()
    def workstreams(workstreams: Any) -> Connection[AWorkstream]:
        """What its partners work on together."""
        return workstreams

    @rows()
    def posts(
        posts: Any, body: Annotated[PostBody | None, strawberry.argument(description="Only of this body.")] = UNSET
    ) -> list[APost]:
        """Its seats, held or not."""
        return posts.where(models.Post.body == body) if given(body) else posts

    @rows()
    def issues(
        issues: Any, kind: Annotated[IssueKind | None, strawberry.argument(description="Only of this kind.")] = UNSET
    ) -> list[AnIssue]:
        """What is argued about it."""
        return issues.where(models.Issue.kind == kind) if given(kind) else issues

    @rows(of="metrics")
    def metric(
        metrics: Any,
        key: Annotated[str, strawberry.argument(description='The metric, such as "revenue_per_employee".')],
    ) -> AMetricValue | None:
        """One derived number; null where it isn't computed for this organization."""
        return metrics.where(key == DEFINITION_KEY).limit(1)

    @rows()
    def metrics(
        metrics: Any,
        keys: Annotated[list[str] | None, strawberry.argument(description="Only these.")] = UNSET,
    ) -> list[AMetricValue]:
        """Its derived numbers."""
        return metrics.where(among(DEFINITION_KEY, keys)) if keys is not None and keys is not UNSET else metrics

    @page(newest_first=True)
    def changes(changes: Any) -> Connection[AChange]:
        """What was changed about it, newest first."""
        return changes


@strawberry.input(description="Which organizations; every key that is given must hold.")
class OrganizationWhere:
    name: StringFilter | None = field(default=UNSET, description="Called so.")
    sector: list[Sector] | None = field(default=UNSET, description="Of one of these sectors.")
    is_convener: bool | None = field(default=UNSET, description="Convening partners, or not.")
    partner_of: strawberry.ID | None = field(default=UNSET, description="A partner of this organization.")
    has_partner: strawberry.ID | None = field(default=UNSET, description="With this organization as a partner.")
    and_: list["OrganizationWhere"] | None = field(default=UNSET, name="and", description="All of these hold.")
    or_: list["OrganizationWhere"] | None = field(default=UNSET, name="or", description="One of these holds.")
    not_: "OrganizationWhere | None" = field(default=UNSET, name="not", description="This doesn't hold.")


@strawberry.enum(description="What organizations can be ordered by.")
class OrganizationOrderField(enum.Enum):
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


@strawberry.input(description="An order of organizations; those that are equal in it come in the order of their ids.")
class OrganizationOrder:
    field: OrganizationOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")


_ORDERS: Final = {
    OrganizationOrderField.NAME: (models.Organization.__table__.c.name, str),
    OrganizationOrderField.CREATED_AT: (models.Organization.__table__.c.created_at, datetime),
    OrganizationOrderField.UPDATED_AT: (models.Organization.__table__.c.updated_at, datetime),
}

sorted_by: Final = keyed(_ORDERS)

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def identified(organizations: Select[Any], id: Any, slug: Any) -> Any:
    """The one organization with this id or slug."""
    table = models.Organization.__table__.c
    if given(id):
        return organizations.where(table.id == number(id, "Organization"))
    return organizations.where(table.slug == slug)


def checked(arguments: Arguments) -> Arguments:
    """Exactly one of `id` and `slug`, and a slug that can be one."""
    id, slug = arguments.get("id"), arguments.get("slug")
    if given(id) == given(slug):
        raise GraphQLError(f"either id or slug is wanted, got {'both' if given(id) else 'neither'}")
    if given(slug) and (not isinstance(slug, str) or not _SLUG.fullmatch(slug)):
        raise GraphQLError(f'a slug like "partnership-on-ai" is wanted, got {str(slug)[:80]!r}')
    return {"id": None, "slug": None, **arguments}


def found(organizations: Select[Any], where: OrganizationWhere | None) -> Any:
    """The organizations for which `where` holds."""
    table, partnership = models.Organization.__table__.c, models.Partnership.__table__.c
    condition = holds(
        where,
        {
            "name": lambda name: matches(table.name, name),
            "sector": lambda sectors: among(table.sector, sectors),
            "is_convener": lambda convenes: table.is_convener.is_(convenes),
            "partner_of": lambda convener: table.id.in_(
                select(partnership.partner_id).where(partnership.convener_id == number(convener, "Organization"))
            ),
            "has_partner": lambda partner: table.id.in_(
                select(partnership.convener_id).where(partnership.partner_id == number(partner, "Organization"))
            ),
        },
    )
    return organizations.where(condition)
