"""The database's clock. All processes share it, so the times that they write are comparable."""

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
    """The current moment; SQLite tells it to the millisecond."""

    type = UtcDateTime()
    inherit_cache = True


class today(FunctionElement[date]):
    """The current day in UTC. On Postgres, `current_date` would be the day on which the transaction began."""

    type = Date()
    inherit_cache = True


class age_s(FunctionElement[float]):
    """The seconds since a moment; negative if the moment lies in the future."""

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
