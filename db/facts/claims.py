"""Claims about organizations and what belongs to them, each with its number of cited sources."""

from operator import attrgetter
from typing import Any, Final

from sqlalchemy import distinct, func, select

from db.facts.reading import DATE_PARTS, Rows, is_asked, partial_date
from db.models import Citation, Claim, Passage, Property
from db.models.claim import SUBJECTS, find_subject
from db.sql.prepared import Prepared
from db.values import facts
from db.values.facts import Value
from db.values.quantity import PARTS, Quantity
from db.values.reference import Reference
from db.values.vocabulary import Datatype, ValueStatus

_CLAIM: Final[Any] = Claim.__table__.c
_SUBJECT_IDS: Final = attrgetter(*SUBJECTS.values())
# The date of a quantity is the claim's own.
_QUANTITY: Final = tuple(part for part in PARTS if part != "as_of")
_COLUMNS: Final[tuple[Any, ...]] = (
    _CLAIM.id,
    _CLAIM.owner_id,
    *(_CLAIM[column] for column in SUBJECTS.values()),
    _CLAIM.value_status,
    _CLAIM.rank,
    _CLAIM.value_kind,
    _CLAIM.text,
    _CLAIM.value_organization_id,
    _CLAIM.value_person_id,
    *(_CLAIM[f"quantity_{name}"] for name in _QUANTITY),
    *(_CLAIM[f"valid_during_{name}"] for name in DATE_PARTS),
    *(_CLAIM[f"date_{name}"] for name in DATE_PARTS),
    select(func.count(distinct(Passage.source_id)))
    .join(Citation, Citation.passage_id == Passage.id)
    .where(Citation.__table__.c.claim_id == _CLAIM.id)
    .scalar_subquery()
    .label("sources"),
    Property.id.label("property_id"),
    Property.key,
    Property.label,
    Property.multivalued,
)


CLAIMS: Final = Prepared(
    select(*_COLUMNS)
    .select_from(Claim)
    .join(Property, Property.id == Claim.property_id)
    .where(is_asked(_CLAIM.owner_id))
)


def claims_by_owner(rows: Rows) -> dict[int, list[facts.Claim]]:
    """Each organization's claims, with those about all that belongs to it."""
    by_owner: dict[int, list[facts.Claim]] = {}
    for row in rows:
        by_owner.setdefault(row.owner_id, []).append(_claim(row))
    return by_owner


def _claim(row: Any) -> facts.Claim:
    return facts.Claim(
        id=row.id,
        subject=_subject(row),
        property=facts.Property(row.property_id, row.key, row.label, row.multivalued),
        # Raw SQL may change the status and leave an old value behind.
        value=_value(row) if row.value_status is ValueStatus.VALUE else None,
        value_status=row.value_status,
        rank=row.rank,
        valid_during=partial_date(row.valid_during_edtf, row.valid_during_earliest, row.valid_during_latest),
        sources=row.sources,
    )


def _subject(row: Any) -> Reference:
    subject = find_subject(_SUBJECT_IDS(row))
    assert subject
    return subject


def _value(row: Any) -> Value | None:
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
            return partial_date(row.date_edtf, row.date_earliest, row.date_latest)
        case Datatype.NODE if row.value_organization_id is not None:
            return Reference("Organization", row.value_organization_id)
        case Datatype.NODE if row.value_person_id is not None:
            return Reference("Person", row.value_person_id)
        case Datatype.TEXT:
            return row.text
        case _:
            return None
