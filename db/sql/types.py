"""Column types and embedded values that mean the same on SQLite and on Postgres."""

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric, String, Text, TypeDecorator
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.types import TypeEngine

from db.values.notation import iso, plain

# Strips a number of its zeros, and `plus` that of its sign; raises where that would take a digit away.
_EXACT: Final = Context(prec=1000, traps=[Inexact])

# SQLite numbers rows by itself only in a column declared INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")

# Code point order, which is SQLite's: a page of names must be the same page on both databases.
Name = Text().with_variant(Text(collation="C"), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC with microseconds; refuses naive times. SQLite keeps the ISO 8601 text that GraphQL shows."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time must have a zone, got {value.isoformat()}")
        value = value.astimezone(UTC)
        return iso(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal without loss, in plain notation with no trailing zeros: text on SQLite, whose numbers are floats."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not value.is_finite():
            raise ValueError(f"a quantity must be finite, got {value}")
        return plain(value) if dialect.name == "sqlite" else _EXACT.normalize(_EXACT.plus(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def bind_processor(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes the driver's own value of Python's, for statements past SQLAlchemy; None where they are the same."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


def enum_type(kind: type[enum.Enum]) -> SqlEnum:
    """Names as text with a CHECK, so that both databases and raw SQL agree on the values."""
    return SqlEnum(kind, native_enum=False, create_constraint=True, length=32, name=kind.__name__.lower())
