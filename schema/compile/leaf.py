"""One column as the JSON text of a scalar."""

from typing import Any

from sqlalchemy import JSON, Boolean, Date, Enum, Float, Integer, String, Text, case, cast

from db.types import ExactDecimal, UtcDateTime
from schema.compile.dialect import JsonDialect, Sql, concat, constant, or_null


def leaf(column: Sql, nullable: bool, dialect: JsonDialect) -> Sql:
    """The JSON text of a column of any type of the model; raises `TypeError` for a type that it doesn't know."""
    text = _text(column, column.type, dialect)
    return or_null(text) if nullable else text


def global_id(type_name: str, column: Sql, nullable: bool) -> Sql:
    """`"Organization:12"`, the global id of a row."""
    text = concat([f'"{type_name}:', cast(column, Text), '"'])
    return or_null(text) if nullable else text


def _text(column: Sql, kind: Any, dialect: JsonDialect) -> Sql:
    match kind:
        case Boolean():
            return case((column, constant("true")), (~column, constant("false")))
        case Enum():
            return concat(['"', cast(column, Text), '"'])
        case ExactDecimal():
            return concat(['"', dialect.decimal(column), '"'])
        case UtcDateTime():
            return concat(['"', dialect.moment(column), '"'])
        case Date():
            return concat(['"', cast(column, Text), '"'])
        case Integer() | JSON():
            return cast(column, Text)
        case Float():
            return dialect.float(column)
        case String():
            return dialect.quote(column)
        case _:
            raise TypeError(f"no JSON text is known for {column} of type {kind!r}")
