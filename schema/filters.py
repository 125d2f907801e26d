"""Operators that the filters of several entities share."""

from decimal import Decimal

from sqlalchemy import func, literal, or_

from db.sql.sort_key import sort_key
from schema.compile.where import condition, condition_input, is_among


@condition_input
class StringFilter:
    """Compare a text. All given conditions must hold. Upper and lower case differ."""

    eq: str | None = condition(lambda text, column: column == text, "The text equals this one.")
    in_: list[str] | None = condition(
        lambda texts, column: is_among(column, texts), "The text equals one of these.", name="in"
    )
    # LIKE would fold case on SQLite alone, and give meaning to % and _.
    contains: str | None = condition(
        lambda part, column: or_(
            func.length(part) == 0, func.length(func.replace(column, part, literal(""))) < func.length(column)
        ),
        "The text contains this one.",
    )
    starts_with: str | None = condition(
        lambda start, column: func.substr(column, 1, func.length(start)) == start, "The text starts with this one."
    )


@condition_input
class DecimalFilter:
    """Compare a number. All given conditions must hold. An unknown number matches `isNull: true` only."""

    eq: Decimal | None = condition(lambda number, column: column == number, "The number equals this one.")
    gte: Decimal | None = condition(
        lambda least, column: sort_key(column) >= sort_key(least), "The number is this one or greater."
    )
    lte: Decimal | None = condition(
        lambda most, column: sort_key(column) <= sort_key(most), "The number is this one or less."
    )
    is_null: bool | None = condition(
        lambda unknown, column: column.is_(None) if unknown else column.is_not(None),
        "true: the number is unknown; false: it is known.",
    )
