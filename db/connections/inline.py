"""SQLite in the event loop's own thread, for statements that take less than handing them to another thread does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from db.connections.pool import Pool

# A statement that isn't done by then is given up and run by a thread: about what the change of threads takes.
BUDGET_S: Final = 0.000_15
# As many instructions of SQLite's machine, of some 20 nanoseconds each, are run between two looks at the clock.
STEPS: Final = 1000
# What was given up goes to a thread so often before it is tried again: twice as often each time, up to the last.
FIRST_REST, LAST_REST = 8, 4096
# Of so many kinds of statements it is known that they take longer; then all of them are tried again.
LONG: Final = 1000

# SQLite's code for what was given up.
_INTERRUPTED: Final = 9


@dataclass
class Rest:
    """For how many runs a statement is left to threads, and how many of them are left."""

    of: int
    left: int = 0


class Inline:
    """What `connect` opens answers short statements at once; the pool has the others. It must be used by one thread.

    To hand a statement to a thread and its answer back takes a tenth of a millisecond and more, of which most short
    ones take a fifth. `connect` gives a connection of the driver's that waits for no lock, and `failure` is what it
    raises.
    """

    def __init__(self, connect: Callable[[], Any], failure: Any, pool: Pool) -> None:
        self._connect = connect
        self._failure = failure
        self._pool = pool
        self._raw: Any = None
        self._long: dict[str, Rest] = {}
        self._until = 0.0

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        """The one value that a statement reads."""
        rest = self._long.get(sql)
        if rest and rest.left:
            rest.left -= 1
            return await self._pool.fetch(sql, parameters)
        try:
            value = self._fetch(sql, parameters)
        except self._failure as error:
            # Else another process has the whole database locked for a moment, or the pool is told the same.
            if error.sqlite_errorcode == _INTERRUPTED:
                self._rest(sql)
            return await self._pool.fetch(sql, parameters)
        if rest:
            # It was only slow once, as when its pages were read first.
            del self._long[sql]
        return value

    async def dispose(self) -> None:
        """Every connection is closed; the next statement opens a new one."""
        if self._raw:
            self._raw.close()
        self._raw = None
        await self._pool.dispose()

    def _fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        if self._raw is None:
            self._raw = self._connect()
            self._raw.set_progress_handler(self._is_over, STEPS)
        self._until = perf_counter() + BUDGET_S
        return self._raw.execute(sql, parameters).fetchall()[0][0]

    def _is_over(self) -> bool:
        return perf_counter() > self._until

    def _rest(self, sql: str) -> None:
        if len(self._long) >= LONG:
            self._long.clear()
        rest = self._long.setdefault(sql, Rest(FIRST_REST // 2))
        rest.of = rest.left = min(2 * rest.of, LAST_REST)
