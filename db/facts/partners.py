"""Partners of conveners: the current ones, and the history."""

from typing import Any, Final

from sqlalchemy import (
    Date,
    Select,
    and_,
    bindparam,
    case,
    distinct,
    func,
    literal,
    not_,
    or_,
    select,
)

from db.facts.reading import TODAY, Fields, Reader, Rows, is_asked
from db.models import (
    Organization,
    Partnership,
)
from db.sql.periods import has_not_ended
from db.sql.prepared import Prepared
from db.values import facts
from db.values.vocabulary import PartnerRole


def _partner() -> Select[Any]:
    """One row for each convener and partner: whether it is a founder, and when it joined and left, in any role.

    The partner joined on `came_by` at the latest. If `open`, no last day is known. A partner that left and came back
    was absent in between, so presence at the start and end of the year is found for each partnership, then combined.
    """
    row: Any = Partnership.__table__.c
    year, next_year = (bindparam(name, type_=Date()) for name in ("year", "next_year"))

    def any_of(*conditions: Any) -> Any:
        return func.max(case((and_(*conditions), 1), else_=0))

    def perhaps_begun(before: Any) -> Any:
        return or_(row.start_earliest.is_(None), row.start_earliest < before)

    is_open = or_(row.end_edtf.is_(None), row.end_latest.is_(None))
    return (
        select(
            row.convener_id,
            row.partner_id,
            any_of(row.role == PartnerRole.FOUNDING_PARTNER).label("founder"),
            any_of(is_open).label("open"),
            func.max(row.end_latest).label("last"),
            func.min(row.start_latest).label("came_by"),
            func.max(row.confirmed_during_earliest).label("confirmed"),
            any_of(has_not_ended(row, year), row.start_latest < year).label("began"),
            any_of(has_not_ended(row, year), perhaps_begun(year)).label("began_perhaps"),
            any_of(has_not_ended(row, next_year), perhaps_begun(next_year)).label("stayed"),
        )
        .where(is_asked(row.convener_id))
        .group_by(row.convener_id, row.partner_id)
    )


def _counts(was: Any) -> dict[str, Any]:
    """For each field of `facts.Partners`, the condition on the partners it counts."""
    present = or_(was.open == 1, was.last >= TODAY)
    founder, left = was.founder == 1, and_(was.open == 0, was.last < TODAY)
    began, stayed = was.began == 1, was.stayed == 1
    perhaps = and_(was.began_perhaps == 1, not_(began))
    # A source names the founder as a partner at a later time than it joined.
    confirmed = and_(was.confirmed.is_not(None), or_(was.came_by.is_(None), was.confirmed > was.came_by))
    return {
        "ever": literal(value=True),
        "left": left,
        "founders": founder,
        "founders_presumed": and_(founder, present),
        "founders_confirmed": and_(founder, present, confirmed),
        "year_began": began,
        "year_left": and_(began, not_(stayed)),
        "year_began_perhaps": perhaps,
        "year_left_perhaps": and_(perhaps, not_(stayed)),
    }


def _counted() -> Select[Any]:
    was: Any = _partner().subquery().c
    counts = _counts(was)
    sums = (func.sum(case((counts[name], 1), else_=0)) for name in facts.Partners._fields)
    return select(was.convener_id, *sums).group_by(was.convener_id)


_HISTORY: Final = Prepared(_counted())


def _history(rows: Rows) -> Fields:
    """Each convener's counts of partners that ever joined, stayed or left."""
    return {convener_id: {"partnerships": facts.Partners(*counts)} for convener_id, *counts in rows}


_PARTNERS: Final = Prepared(
    select(Partnership.convener_id, Organization.sector, func.count(distinct(Partnership.partner_id)))
    .join(Organization, Organization.id == Partnership.partner_id)
    .where(is_asked(Partnership.convener_id), has_not_ended(Partnership.__table__.c, TODAY))
    .group_by(Partnership.convener_id, Organization.sector)
)


def _partners(rows: Rows) -> Fields:
    """Each convener's number of current partners, by sector."""
    found: dict[int, dict[str, Any]] = {}
    for convener_id, sector, count in rows:
        found.setdefault(convener_id, {"partners": {}})["partners"][sector] = count
    return found


PARTNERS: Final = Reader(_partners, [_PARTNERS])
HISTORY: Final = Reader(_history, [_HISTORY])
