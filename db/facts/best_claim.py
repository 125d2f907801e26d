"""Which of several claims counts: Wikibase's 'truthy' rule, extended by dates."""

from typing import Any

from sqlalchemy import Select, case, select

from db.models import Claim, Property
from db.values.vocabulary import Rank, ValueStatus


def best(claims: Select[Any], property_key: Any) -> Any:
    """The one claim of the property to go by: PREFERRED ones first, no DEPRECATED one; then the latest.

    `claims` selects from the claim table, and so does what is returned; of two as late, the newer row counts. A claim
    without a value is passed over.
    """
    claim = Claim.__table__.c
    key = select(Property.id).where(Property.key == property_key).scalar_subquery()
    return (
        claims.where(claim.property_id == key, claim.rank != Rank.DEPRECATED, claim.value_status == ValueStatus.VALUE)
        .order_by(None)
        .order_by(
            case((claim.rank == Rank.PREFERRED, 0), else_=1),
            claim.valid_during_latest.desc().nulls_last(),
            claim.id.desc(),
        )
        .limit(1)
    )
