"""Partnerships: their type, filter, order and mutation."""

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import strawberry
from sqlalchemy import func, select
from strawberry import field

from db import models
from db.values.vocabulary import PartnerRole, Sector, Term
from schema.compile.declare import entity
from schema.compile.order import Order, order_by_field
from schema.compile.vocabulary import term_enum
from schema.compile.where import column, filter_input
from schema.filters import StringFilter
from schema.node import HasCitations, Node, Versioned
from schema.save import save_input, save_mutation, saved
from schema.scalars import EDTF

if TYPE_CHECKING:
    from schema.organization import Organization
    from schema.workstream import Participation


@entity(models.Partnership)
class Partnership(Node, Versioned, HasCitations):
    """The partnership of an organization with a convener (Popolo and W3C ORG: a membership of an organization)."""

    convener: "Organization" = field(description="The convening organization.")
    partner: "Organization" = field(description="The partner organization.")
    role: PartnerRole = field(description="The role of the partner.")
    name_at_time: str | None = field(description="The partner's name at that time; null if the source gives none.")
    sector_at_time: Sector = field(description="The partner's sector when the partnership was recorded.")
    start: EDTF | None = field(description="The start; null if unknown.")
    end: EDTF | None = field(description="The end; null if the partnership has not ended or the end is unknown.")
    is_current: bool = field(description="Whether the partnership is current: it has not ended by today, or by `asOf`.")
    confirmed_during: EDTF | None = field(description="The latest time at which a source names the partner.")
    participations: list["Participation"] = field(description="The partner's participations in workstreams.")


def _of_partner(column: Any) -> Any:
    return select(column).where(models.Organization.id == models.Partnership.partner_id).scalar_subquery()


PARTNER_SECTOR: Final = _of_partner(models.Organization.sector)
PARTNER_NAME: Final = _of_partner(models.Organization.name)


@filter_input
class PartnershipWhere:
    """Filter partnerships. All given conditions must hold."""

    role: list[PartnerRole] | None = column(models.Partnership.role, "The partner has one of these roles.")
    sector: list[Sector] | None = column(PARTNER_SECTOR, "The partner is in one of these sectors today.")
    is_current: bool | None = column(
        models.Partnership.is_current.expression, "true: the partnership is current; false: it has ended."
    )
    partner_name: StringFilter | None = column(PARTNER_NAME, "Match by the partner's name.")


@term_enum
class PartnershipOrderField(Term):
    """The value by which partnerships are ordered."""

    PARTNER_NAME = "PARTNER_NAME", "The partner's name today."
    START = "START", "The earliest day on which the partnership may have begun; an unknown start comes last."


@strawberry.input(description="An order of partnerships. Equal ones follow in the order of their ids.")
class PartnershipOrder(Order[PartnershipOrderField]):
    pass


# An unknown start comes last. 9999-12-31 itself will not do: the Postgres driver reads it as infinity.
_YET_TO_COME: Final = date(9999, 12, 30)

_ORDERS: Final = {
    PartnershipOrderField.PARTNER_NAME: (PARTNER_NAME, str),
    PartnershipOrderField.START: (func.coalesce(models.Partnership.__table__.c.start_earliest, _YET_TO_COME), date),
}

order_partnerships: Final = order_by_field(_ORDERS)

GROUPS: Final = {"sector": PARTNER_SECTOR, "role": models.Partnership.role}


@save_input(models.Partnership)
class PartnershipInput:
    """The fields of a partnership. A new one needs a convener and a partner."""

    convener: strawberry.ID | None = saved("The id of the convening organization.")
    partner: strawberry.ID | None = saved("The id of the partner organization.")
    role: PartnerRole | None = saved("The role of the partner; PARTNER by default for a new partnership.")
    start: EDTF | None = saved("The start.")
    end: EDTF | None = saved("The end.")
    name_at_time: str | None = saved("The partner's name at that time.")


@strawberry.type
class PartnershipMutation:
    save_partnership = save_mutation(PartnershipInput, Partnership, "Add or change a partnership.")
