"""Partners: their sectors, the listed ones, and who stayed or left."""

from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Final

from tests.chaos.oracle.numbers import (
    INSUFFICIENT,
    NOT_APPLICABLE,
    SHARE,
    Derived,
    Number,
    divide,
    exact,
    part,
    round_number,
)
from tests.chaos.oracle.record import Partnership, Record


def total(record: Record) -> Number:
    """Return the number of partners: the claimed number, but at least the number of listed ones."""
    listed = Fraction(len(record.present))
    reported = record.number("PARTNER_COUNT") or exact(listed)
    return Number(*(end if end is None else max(end, listed) for end in reported))._replace(
        lower=max(reported.lower or listed, listed)
    )


def no_partners(record: Record) -> Derived | None:
    """Return the result if no partner is known, or if there certainly is none. Otherwise return None."""
    if not record.present and record.number("PARTNER_COUNT") is None:
        return INSUFFICIENT
    return NOT_APPLICABLE if total(record).upper == 0 else None


def count_sectors(record: Record) -> Counter[str]:
    """Count the listed partners by sector, without those of unknown sector."""
    counts = Counter(record.sectors[partner] for partner in record.present)
    del counts["UNKNOWN"]
    return counts


def breakdown(record: Record) -> Derived:
    """Return the partners by sector. Those that are not listed count as UNKNOWN."""
    if nothing := no_partners(record):
        return nothing
    whole, counts = total(record), count_sectors(record)
    known = counts.total()
    parts = [(sector, count, _sector_share(count, known, whole)) for sector, count in counts.items()]
    least = whole.lower if whole.value is None else whole.value
    unknown = int(least or 0) - known
    if unknown or whole.upper is None:
        value, lower, upper = (None if not end else 1 - known / end for end in whole)
        share = round_number(SHARE, value, lower or 0, 1 if upper is None else upper)
        parts.append(("UNKNOWN", unknown, share))
    return Derived("FRESH", whole, tuple(sorted(parts)))


def _sector_share(count: int, known: int, whole: Number) -> Number:
    value, _, upper = whole
    most = 1 if not upper else 1 - (known - count) / upper
    return round_number(SHARE, count / value if value else None, count / upper if upper else 0, most)


def coverage(record: Record) -> Derived:
    """Return the number of recorded partners, divided by the number that a source states."""
    if nothing := no_partners(record):
        return nothing
    if record.number("PARTNER_COUNT") is None:
        return INSUFFICIENT
    listed = len(record.present)
    covered = divide(exact(listed), total(record))
    return Derived("FRESH", exact(0) if covered.lower is None and not listed else round_number(SHARE, *covered))


def retention(record: Record) -> Derived:
    """Return the share of founders that are still partners, and count those that a later source confirms."""
    founding = {
        partner for partner, rows in record.partnerships.items() if any(row.role == "FOUNDING_PARTNER" for row in rows)
    }
    if not founding:
        return INSUFFICIENT
    still, founders = founding & set(record.present), len(founding)
    presumed, confirmed = len(still), sum(_is_confirmed(record.partnerships[partner]) for partner in still)
    parts = (("CONFIRMED", confirmed), ("LEFT", founders - presumed), ("PRESUMED", presumed))
    least, most = Fraction(confirmed, founders), Fraction(presumed, founders)
    return Derived(
        "FRESH",
        round_number(SHARE, most if least == most else None, least, most),
        tuple(part(key, count, founders) for key, count in parts),
    )


def _is_confirmed(rows: list[Partnership]) -> bool:
    """Return whether a source names the partner after it joined, or at any time if its start is unknown."""
    named = [row.confirmed.earliest for row in rows if row.confirmed and row.confirmed.earliest]
    came = [row.start.latest for row in rows if row.start and row.start.latest]
    return bool(named) and (not came or max(named) > min(came))


def churn(record: Record) -> Derived:
    """Return the share of the partners at the beginning of last year that had left by its end."""
    if len(record.present) == len(record.partnerships):
        return INSUFFICIENT
    first, end = (date(record.today.year - ago, 1, 1) for ago in (1, 0))
    at_beginning = {id: _was_partner(rows, first) for id, rows in record.partnerships.items()}
    gone = {id for id, rows in record.partnerships.items() if _was_partner(rows, end) is False}
    began = {id for id, was in at_beginning.items() if was}
    perhaps = {id for id, was in at_beginning.items() if was is None}
    if not began | perhaps:
        return NOT_APPLICABLE
    # Of the partners with an unknown start, the share is lowest if only those that stayed had joined before the year,
    # and highest if only those that left had.
    fewest, most = began | (perhaps - gone), began | (perhaps & gone)
    lower = Fraction(len(fewest & gone), len(fewest)) if fewest else 0
    upper = Fraction(len(most & gone), len(most)) if most else 1
    return Derived("FRESH", round_number(SHARE, lower if lower == upper else None, lower, upper))


def _was_partner(rows: list[Partnership], on: date) -> bool | None:
    """Return whether it was a partner at the beginning of that day. None means unknown."""
    lasting = [row for row in rows if row.lasts(on)]
    if any(row.began_before(on) for row in lasting):
        return True
    return None if any(row.may_have_begun_before(on) for row in lasting) else False


FORMULAS: Final = {
    "partner_type_breakdown": breakdown,
    "listed_partner_coverage": coverage,
    "founding_retention": retention,
    "partner_churn": churn,
}
