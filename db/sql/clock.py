"""The database's clock, which all processes share: what they compare with each other is told by it."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Date, Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from db.sql.types import UtcDateTime

NOW: Final = {"sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')", "postgresql": "clock_timestamp()"}
_TODAY: Final = {"sqlite": "CURRENT_DATE", "postgresql": "CAST(clock_timestamp() AT TIME ZONE 'UTC' AS DATE)"}
_SECONDS: Final = {
    "sqlite": "(julianday('now') - julianday({})) * 86400.0",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp() - {}) AS DOUBLE PRECISION)",
}


class now(FunctionElement[datetime]):
    """The moment; on SQLite to the millisecond."""

    type = UtcDateTime()
    inherit_cache = True


class today(FunctionElement[date]):
    """The day of the moment, UTC's; `current_date` is that of a transaction's begin on Postgres."""

    type = Date()
    inherit_cache = True


class age_s(FunctionElement[float]):
    """How many seconds ago a moment was; negative where it is to come."""

    type: TypeEngine[float] = Double()
    inherit_cache = True


@compiles(now)
def _now(_element: now, compiler: SQLCompiler, **_options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return NOW[compiler.dialect.name]


@compiles(today)
def _today(_element: today, compiler: SQLCompiler, **_options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return _TODAY[compiler.dialect.name]


@compiles(age_s)
def _age(element: age_s, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return _SECONDS[compiler.dialect.name].format(compiler.process(element.clauses, **options))
