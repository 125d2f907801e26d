"""The claim that counts among several: Wikibase's 'truthy' rule, extended by dates."""

from typing import Any

from sqlalchemy import Select, case, select

from db.models import Claim, Property
from db.values.vocabulary import Rank, ValueStatus


def best(claims: Select[Any], property_key: Any) -> Any:
    """Narrow a select of claims to the one claim of the property that counts.

    A PREFERRED claim comes first, then the one valid until the latest day, then the newest row. DEPRECATED claims and
    claims without a value never count. `db.values.facts.best` is the same rule for values.
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
