"""Periods in SQL: whether something with a start and an end still lasts on a day."""

from typing import Any

from sqlalchemy import ColumnElement, or_


def has_not_ended(row: Any, day: Any) -> ColumnElement[bool]:
    """The partnership, participation or tenure `row` has no known end before `day`.

    `row` has the columns `end_edtf` and `end_latest`. An open end and an end without a last day last for ever. The same
    rule for values is `db.values.partial_date.has_not_ended`.
    """
    return or_(row.end_edtf.is_(None), row.end_latest.is_(None), row.end_latest >= day)
