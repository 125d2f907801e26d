"""Frequent statements, compiled once and run by the driver itself.

SQLAlchemy's cache look-up and row objects take several times as long as most of these statements take the database.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Dialect

from db.connections.sessions import ReadSession
from db.sql.types import bind_processor

# Postgres's type number for decimals. Only SQLAlchemy's decimal processors read it.
_NUMERIC: Final = 1700

_Process = Callable[[Any], Any]


class Prepared:
    """A SQLAlchemy statement with named parameters. Its rows are named tuples of Python values."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._plans: dict[str, _Plan] = {}

    async def run(self, session: ReadSession, parameters: Mapping[str, Any]) -> list[Any]:
        """The statement's rows; see `run_all`."""
        (rows,) = await run_all(session, [self], parameters)
        return rows

    def plan(self, dialect: Dialect) -> "_Plan":
        """The statement compiled for the dialect, once."""
        known = self._plans.get(dialect.name)
        return known or self._plans.setdefault(dialect.name, _plan(self._statement, dialect))


async def run_all(
    session: ReadSession, statements: Iterable[Prepared], parameters: Mapping[str, Any]
) -> list[list[Any]]:
    """Run the statements and return the rows of each. A statement takes those of the parameters that it names.

    On SQLite they run together in the driver's thread, because a switch of threads costs more than most statements.
    Raises the driver's errors, and `ValueError` for an insert with defaults that SQLAlchemy computes in Python.
    """
    driver = await session.driver()
    plans = [statement.plan(driver.dialect) for statement in statements]
    found = await driver.fetch(*((plan.sql, plan.arguments(parameters)) for plan in plans))
    return [plan.read(rows) for plan, rows in zip(plans, found, strict=True)]


class _Plan(NamedTuple):
    """`names` are the parameters in positional order. `constants` holds the values of those that never vary."""

    sql: str
    names: Sequence[str]
    constants: dict[str, Any]
    processors: dict[str, _Process | None]
    columns: Sequence[_Process | None]
    row: Callable[[Sequence[Any]], Any]

    def arguments(self, parameters: Mapping[str, Any]) -> list[Any]:
        given = {name: _processed(process, parameters[name]) for name, process in self.processors.items()}
        values = given | self.constants
        return [values[name] for name in self.names]

    def read(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        if not rows:
            return []
        # Convert by column: most columns need no conversion.
        columns = zip(self.columns, zip(*rows, strict=True), strict=True)
        read = (map(process, column) if process else column for process, column in columns)
        return list(map(self.row, zip(*read, strict=True)))


def _plan(statement: Any, dialect: Dialect) -> _Plan:
    compiled: Any = statement.compile(dialect=dialect)
    if missed := ", ".join(column.name for column in compiled.prefetch):
        raise ValueError(f"expected a value for every column with a Python default, got none for {missed}")
    binds = {name: bind for name, bind in compiled.binds.items() if name in compiled.positiontup}
    processors = {name: bind_processor(bind.type, dialect) for name, bind in binds.items()}
    known = {name: bind.value for name, bind in binds.items() if not bind.required}
    columns = list(statement.exported_columns)
    return _Plan(
        compiled.string,
        compiled.positiontup,
        {name: _processed(processors.pop(name), value) for name, value in known.items()},
        processors,
        [column.type.dialect_impl(dialect).result_processor(dialect, _NUMERIC) for column in columns],
        _row([column.key or "" for column in columns]),
    )


def _row(names: list[str]) -> Callable[[Sequence[Any]], Any]:
    # Columns without a name, or with a duplicate one, are named by position.
    return namedtuple("Row", names, rename=True)._make  # pyright: ignore[reportUntypedNamedTuple]


def _processed(process: _Process | None, value: Any) -> Any:
    return process(value) if process else value
