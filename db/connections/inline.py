"""SQLite in the event loop's own thread, for statements that are faster than a switch to another thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from db.connections.pool import Pool

# A statement that takes longer is interrupted and run again by a thread. A thread switch takes about as long.
BUDGET_S: Final = 0.000_15
# Instructions of SQLite's virtual machine, about 20 ns each, between two looks at the clock.
STEPS: Final = 1000
# How many runs of an interrupted statement go to a thread before the next inline attempt. The number doubles from the
# first to the last with each further interruption.
FIRST_REST, LAST_REST = 8, 4096
# How many slow statements to remember. When there are more, all are forgotten and tried inline again.
LONG: Final = 1000

# SQLite's error code for an interrupted statement.
_INTERRUPTED: Final = 9


@dataclass
class Rest:
    """How many runs of a statement go to threads, and how many of those are left."""

    of: int
    left: int = 0


class Inline:
    """Runs short statements in the calling thread and all others in the pool. Only one thread may use it.

    Handing a statement to a thread and its answer back takes 0.1 ms or more; most short statements take a fifth of
    that. `connect` opens a driver connection that never waits for a lock, and `failure` is the error that it raises.
    """

    def __init__(self, connect: Callable[[], Any], failure: Any, pool: Pool) -> None:
        self._connect = connect
        self._failure = failure
        self._pool = pool
        self._raw: Any = None
        self._long: dict[str, Rest] = {}
        self._until = 0.0

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        """The single value that a statement reads."""
        rest = self._long.get(sql)
        if rest and rest.left:
            rest.left -= 1
            return await self._pool.fetch(sql, parameters)
        try:
            value = self._fetch(sql, parameters)
        except self._failure as error:
            # After any other error the pool tries too: a lock may be gone by then, or the same error is raised again.
            if error.sqlite_errorcode == _INTERRUPTED:
                self._rest(sql)
            return await self._pool.fetch(sql, parameters)
        if rest:
            # It was slow only once, perhaps because its pages were not in memory yet.
            del self._long[sql]
        return value

    async def dispose(self) -> None:
        """Close every connection; the next statement opens a new one."""
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
