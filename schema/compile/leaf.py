"""One column as the JSON text of a scalar."""

from typing import Any

from sqlalchemy import JSON, Boolean, Date, Enum, Float, Integer, String

from db.sql.types import ExactDecimal, UtcDateTime
from schema.compile.dialect import JsonDialect, Sql, concat, constant, or_null, text_of


def leaf(column: str, kind: Any, nullable: bool, dialect: JsonDialect) -> Sql:
    """The JSON text of a column; raises `TypeError` for a column type without a JSON form."""
    text = _text(column, kind, dialect)
    return or_null(text) if nullable else text


def global_id(type_name: str, column: str, nullable: bool) -> Sql:
    """`"Organization:12"`, the global id of a row."""
    text = concat(constant(f'"{type_name}:'), text_of(column), constant('"'))
    return or_null(text) if nullable else text


def _text(column: str, kind: Any, dialect: JsonDialect) -> Sql:
    match kind:
        case Boolean():
            return f"CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END"
        case Enum():
            return _quoted(column)
        case ExactDecimal():
            return _quoted(dialect.decimal(column))
        case UtcDateTime():
            return _quoted(dialect.moment(column))
        case Date():
            return _quoted(text_of(column))
        case Integer() | JSON():
            return text_of(column)
        case Float():
            return dialect.float(column)
        case String():
            return dialect.quote(column)
        case _:
            raise TypeError(f"expected a column type with a JSON form for {column}, got {kind!r}")


def _quoted(text: Sql) -> Sql:
    return concat(constant('"'), text, constant('"'))
