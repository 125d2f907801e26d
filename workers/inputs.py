"""Gathering what formulas need: a fixed number of statements for a batch, however many organizations it has."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, distinct, func, literal, select, union_all

from db.models import Change, Claim, Organization, Output, Partnership, Post, Property, Workstream
from db.models.vocabulary import Datatype, Sector
from db.quantity import Quantity
from db.session import WriteSession
from db.types import PartialDate
from workers.metrics import facts
from workers.metrics.facts import Facts, Node, Value

_CLAIM: Final[Any] = Claim.__table__.c
_QUANTITY: Final = ("value", "lower", "upper", "unit", "currency", "comparator", "bounds_basis", "display")
_DATE: Final = ("edtf", "earliest", "latest")
_COLUMNS: Final[tuple[Any, ...]] = (
    _CLAIM.id,
    _CLAIM.snak_type,
    _CLAIM.rank,
    _CLAIM.value_kind,
    _CLAIM.text,
    _CLAIM.value_organization_id,
    _CLAIM.value_person_id,
    *(_CLAIM[f"quantity_{name}"] for name in _QUANTITY),
    *(_CLAIM[f"valid_during_{name}"] for name in _DATE),
    *(_CLAIM[f"date_{name}"] for name in _DATE),
    Property.id.label("property_id"),
    Property.key,
    Property.label,
    Property.multivalued,
)


async def gather(session: WriteSession, organization_ids: Sequence[int]) -> list[Facts]:
    """The facts of those of the organizations that exist, in the order of their ids."""
    newest = select(func.max(Change.id)).where(Change.organization_id == Organization.id).scalar_subquery()
    organizations = await session.execute(
        select(Organization.id, Organization.is_convener, newest)
        .where(Organization.id.in_(organization_ids))
        .order_by(Organization.id)
    )
    claims = await _claims(session, organization_ids)
    partners = await _partners(session, organization_ids)
    return [
        Facts(Node("Organization", id), is_convener, claims.get(id, ()), partners.get(id, {}), newest_change)
        for id, is_convener, newest_change in organizations
    ]


async def _partners(session: WriteSession, organization_ids: Sequence[int]) -> dict[int, dict[Sector, int]]:
    """How many partners each convener has now, by their sector."""
    rows = await session.execute(
        select(Partnership.convener_id, Organization.sector, func.count(distinct(Partnership.partner_id)))
        .join(Organization, Organization.id == Partnership.partner_id)
        .where(Partnership.convener_id.in_(organization_ids), Partnership.is_current)
        .group_by(Partnership.convener_id, Organization.sector)
    )
    partners: dict[int, dict[Sector, int]] = {}
    for convener_id, sector, count in rows:
        partners.setdefault(convener_id, {})[sector] = count
    return partners


async def _claims(session: WriteSession, organization_ids: Sequence[int]) -> dict[int, list[facts.Claim]]:
    """The claims of each organization and of its workstreams, outputs and posts."""
    by_owner: dict[int, list[facts.Claim]] = {}
    for row in await session.execute(union_all(*_selects(organization_ids))):
        by_owner.setdefault(row.owner_id, []).append(_claim(row))
    return by_owner


def _selects(organization_ids: Sequence[int]) -> Iterable[Select[Any]]:
    yield _about("Organization", _CLAIM.subject_organization_id, _CLAIM.subject_organization_id, organization_ids)
    yield _about("Workstream", _CLAIM.subject_workstream_id, Workstream.convener_id, organization_ids).join(
        Workstream, Workstream.id == Claim.subject_workstream_id
    )
    yield (
        _about("Output", _CLAIM.subject_output_id, Workstream.convener_id, organization_ids)
        .join(Output, Output.id == Claim.subject_output_id)
        .join(Workstream, Workstream.id == Output.workstream_id)
    )
    yield _about("Post", _CLAIM.subject_post_id, Post.organization_id, organization_ids).join(
        Post, Post.id == Claim.subject_post_id
    )


def _about(type: str, subject: Any, owner: Any, organization_ids: Sequence[int]) -> Select[Any]:
    return (
        select(*_COLUMNS, literal(type).label("subject_type"), subject.label("subject_id"), owner.label("owner_id"))
        .select_from(Claim)
        .join(Property, Property.id == Claim.property_id)
        .where(owner.in_(organization_ids))
    )


def _claim(row: Row[Any]) -> facts.Claim:
    return facts.Claim(
        id=row.id,
        subject=Node(row.subject_type, row.subject_id),
        predicate=facts.Property(row.property_id, row.key, row.label, row.multivalued),
        value=_value(row),
        snak_type=row.snak_type,
        rank=row.rank,
        valid_during=_date(row.valid_during_edtf, row.valid_during_earliest, row.valid_during_latest),
    )


def _value(row: Row[Any]) -> Value | None:
    match row.value_kind:
        case Datatype.QUANTITY if row.quantity_unit is not None:
            return Quantity(
                row.quantity_value,
                row.quantity_lower,
                row.quantity_upper,
                row.quantity_unit,
                row.quantity_currency,
                row.quantity_comparator,
                row.quantity_bounds_basis,
                row.quantity_display,
                row.valid_during_edtf,
            )
        case Datatype.DATE:
            return _date(row.date_edtf, row.date_earliest, row.date_latest)
        case Datatype.NODE if row.value_organization_id is not None:
            return Node("Organization", row.value_organization_id)
        case Datatype.NODE if row.value_person_id is not None:
            return Node("Person", row.value_person_id)
        case Datatype.TEXT:
            return row.text
        case _:
            return None


def _date(edtf: str | None, earliest: Any, latest: Any) -> PartialDate | None:
    return None if edtf is None else PartialDate(edtf, earliest, latest)
