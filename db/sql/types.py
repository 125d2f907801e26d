"""Column types that behave the same on SQLite and Postgres."""

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric, String, Text, TypeDecorator
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.types import TypeEngine

from db.values.notation import iso, plain

# Removes trailing zeros, and `plus` the sign of zero; raises if a digit would be lost.
_EXACT: Final = Context(prec=1000, traps=[Inexact])

# SQLite assigns ids itself only in a column declared INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")

# Sorted by code point, as SQLite does, so that a page of names is the same on both databases.
Name = Text().with_variant(Text(collation="C"), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC with microseconds; refuses naive times. SQLite stores the ISO 8601 text that GraphQL shows."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a time with a zone, got {value.isoformat()}")
        value = value.astimezone(UTC)
        return iso(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value


class ExactDecimal(TypeDecorator[Decimal]):
    """An exact decimal in plain notation without trailing zeros. It is text on SQLite, whose numbers are floats."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not value.is_finite():
            raise ValueError(f"expected a finite number, got {value}")
        return plain(value) if dialect.name == "sqlite" else _EXACT.normalize(_EXACT.plus(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def bind_processor(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """The function that converts a Python value for the driver; None if no conversion is needed."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


def enum_type(kind: type[enum.Enum]) -> SqlEnum:
    """The enum's names as text with a CHECK, so that raw SQL cannot store other values."""
    return SqlEnum(kind, native_enum=False, create_constraint=True, length=32, name=kind.__name__.lower())
