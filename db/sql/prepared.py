"""Statements that are run again and again: compiled once, and run by the driver itself.

To find a statement among the compiled ones and to make objects of its rows takes SQLAlchemy several times as long as
most statements take the database.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Dialect

from db.connections.sessions import ReadSession
from db.sql.types import bind_processor

# The type of decimals in Postgres's catalogue, which only SQLAlchemy's decimals want to know.
_NUMERIC: Final = 1700

_Process = Callable[[Any], Any]


class Prepared:
    """A statement of SQLAlchemy's; its rows are named tuples of Python's values. Its parameters have names."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._plans: dict[str, _Plan] = {}

    async def run(self, session: ReadSession, parameters: Mapping[str, Any]) -> list[Any]:
        """What the statement gives: see `run_all`."""
        (rows,) = await run_all(session, [self], parameters)
        return rows

    def plan(self, dialect: Dialect) -> "_Plan":
        """The statement as it was compiled for the database when it was first run there."""
        known = self._plans.get(dialect.name)
        return known or self._plans.setdefault(dialect.name, _plan(self._statement, dialect))


async def run_all(
    session: ReadSession, statements: Iterable[Prepared], parameters: Mapping[str, Any]
) -> list[list[Any]]:
    """What each of the statements gives with those of the parameters that it has.

    Together they take SQLite one change of threads, which is dearer than most of them. Raises the driver's errors, and
    `ValueError` for a statement that SQLAlchemy would have to complete.
    """
    driver = await session.driver()
    plans = [statement.plan(driver.dialect) for statement in statements]
    found = await driver.fetch(*((plan.sql, plan.arguments(parameters)) for plan in plans))
    return [plan.read(rows) for plan, rows in zip(plans, found, strict=True)]


class _Plan(NamedTuple):
    """`names` are the parameters in the order of their places, of which those in `constants` are known."""

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
        # By column, for most need nothing done to them.
        columns = zip(self.columns, zip(*rows, strict=True), strict=True)
        read = (map(process, column) if process else column for process, column in columns)
        return list(map(self.row, zip(*read, strict=True)))


def _plan(statement: Any, dialect: Dialect) -> _Plan:
    compiled: Any = statement.compile(dialect=dialect)
    if missed := ", ".join(column.name for column in compiled.prefetch):
        raise ValueError(f"a statement must name every column with a default of Python's, got none of {missed}")
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
    # What has no name, or the same as another, is called by its place.
    return namedtuple("Row", names, rename=True)._make  # pyright: ignore[reportUntypedNamedTuple]


def _processed(process: _Process | None, value: Any) -> Any:
    return process(value) if process else value
