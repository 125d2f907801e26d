"""Frontier labs: the labs named by claims that take part now."""

from typing import Any, Final

from sqlalchemy import (
    Select,
    and_,
    or_,
    select,
    union,
)

from db.facts.reading import TODAY, Fields, Reader, Rows, is_asked
from db.models import (
    Claim,
    OrganizationRelation,
    Partnership,
    Property,
)
from db.sql.periods import has_not_ended
from db.sql.prepared import Prepared
from db.values.vocabulary import RelationKind

_CLAIM: Final[Any] = Claim.__table__.c


def _present_labs() -> Select[Any]:
    """The organizations that FRONTIER_LAB claims name and that take part now.

    A lab also takes part through its parent or predecessor. The relation may be stored in either direction.
    """
    relation, partnership = OrganizationRelation.__table__.c, Partnership.__table__.c
    claims = (
        select(_CLAIM.subject_organization_id.label("convener_id"), _CLAIM.value_organization_id.label("lab_id"))
        .join(Property, Property.id == _CLAIM.property_id)
        .where(
            is_asked(_CLAIM.subject_organization_id),
            Property.key == "FRONTIER_LAB",
            _CLAIM.value_organization_id.is_not(None),
        )
        .cte("lab")
    )
    lab = claims.c
    above = or_(relation.kind == RelationKind.PARENT, relation.kind == RelationKind.PREDECESSOR)
    below = or_(relation.kind == RelationKind.CHILD, relation.kind == RelationKind.SUCCESSOR)
    stands_for = union(
        select(lab.convener_id, lab.lab_id, lab.lab_id.label("partner_id")),
        select(lab.convener_id, lab.lab_id, relation.to_organization_id)
        .join(OrganizationRelation, relation.from_organization_id == lab.lab_id)
        .where(above),
        select(lab.convener_id, lab.lab_id, relation.from_organization_id)
        .join(OrganizationRelation, relation.to_organization_id == lab.lab_id)
        .where(below),
    ).subquery("stands_for")
    return (
        select(stands_for.c.convener_id, stands_for.c.lab_id)
        .join(
            Partnership,
            and_(
                partnership.convener_id == stands_for.c.convener_id,
                partnership.partner_id == stands_for.c.partner_id,
                has_not_ended(partnership, TODAY),
            ),
        )
        .distinct()
    )


_LABS: Final = Prepared(_present_labs())


def _labs(rows: Rows) -> Fields:
    found: dict[int, dict[str, Any]] = {}
    for convener_id, lab_id in rows:
        found.setdefault(convener_id, {"labs": set()})["labs"].add(lab_id)
    return found


LABS: Final = Reader(_labs, [_LABS])
