"""Periods in SQL: whether a period still lasts on a day."""

from typing import Any

from sqlalchemy import ColumnElement, or_


def has_not_ended(row: Any, day: Any) -> ColumnElement[bool]:
    """The condition that a partnership, participation or tenure has no known end before `day`.

    `row` has the columns `end_edtf` and `end_latest`. A period without a known last day never ends.
    `db.values.partial_date.has_not_ended` is the same rule for values.
    """
    return or_(row.end_edtf.is_(None), row.end_latest.is_(None), row.end_latest >= day)
