"""The feed of changed metric values, from the database's log to the subscribers in this process.

The log is the truth. A message that values have changed makes the feed read it at once; without messages it reads the
log every `LOOK_S`, so that a lost message delays an event but never loses it.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Final

import structlog

from db.connections.engine import Database
from db.connections.transient_errors import in_one_line
from db.derived.revisions import WINDOW_S, Revision, find_settled, read_after

log = structlog.get_logger(__name__)

LOOK_S: Final = 0.5
# The pause after a failed read of the database.
REST_S: Final = 1.0


class Horizon:
    """Which ids of a sequence have been seen.

    Ids do not commit in order: a transaction with a lower id may commit after one with a higher id, and a reader that
    only asked for ids above the newest one it saw would miss it. So `settled` is the id up to which every id has been
    seen, or has been missing for longer than a transaction may last. Ids seen above it are remembered, so that each
    counts once.
    """

    def __init__(self, settled: int) -> None:
        self.settled = settled
        self._above: dict[int, float] = {}

    def admit(self, ids: Iterable[int], at_s: float) -> list[int]:
        """The ids that are seen for the first time; all given ids must be above `settled`."""
        new = [id for id in ids if id not in self._above]
        self._above |= dict.fromkeys(new, at_s)
        self.settled = max([self.settled, *(id for id, seen_s in self._above.items() if at_s - seen_s > WINDOW_S)])
        while self.settled + 1 in self._above:
            self.settled += 1
        self._above = {id: seen_s for id, seen_s in self._above.items() if id > self.settled}
        return new


class Subscriber:
    """The ids of changed values that a subscriber has not sent yet. A value that changes several times is in it once.

    So the number of values bounds the memory, and a slow reader gets the values as they are when it reads.
    """

    def __init__(self, keys: Collection[str] | None) -> None:
        self._keys = keys
        self._pending: dict[int, None] = {}
        self._told = asyncio.Event()
        self._ended = False

    def wants(self, key: str) -> bool:
        return self._keys is None or key in self._keys

    def tell(self, value_id: int) -> None:
        """Adds the value at the end."""
        self._pending[value_id] = None
        self._told.set()

    def tell_first(self, value_ids: Iterable[int]) -> None:
        """Adds the values at the start, in this order."""
        self._pending = dict.fromkeys(value_ids) | self._pending
        self._told.set()

    def end(self) -> None:
        """Ends the iteration."""
        self._ended = True
        self._told.set()

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        while not self._ended:
            for value_id in self._pending:
                del self._pending[value_id]
                return value_id
            self._told.clear()
            await self._told.wait()
        raise StopAsyncIteration


class Feed:
    """Reads the log once for all subscribers in this process; without subscribers it reads nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # The subscribers of each organization, with None for those that follow all.
        self._subscribers: defaultdict[int | None, set[Subscriber]] = defaultdict(set)
        self._horizon: Horizon | None = None
        self._is_followed = asyncio.Event()
        self._begun = asyncio.Event()
        self._woken = asyncio.Event()
        self._ended = False

    def wake(self) -> None:
        """Makes the feed read the log now, since values may have changed. Returns immediately."""
        self._woken.set()

    def end(self) -> None:
        """Ends all subscriptions, also those that begin later."""
        self._ended = True
        self._begun.set()
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.end()

    @asynccontextmanager
    async def subscribe(self, organization_id: int | None, keys: Collection[str] | None) -> AsyncGenerator[Subscriber]:
        """A subscriber that gets every change committed while it is open."""
        subscriber = Subscriber(keys)
        self._subscribers[organization_id].add(subscriber)
        self._is_followed.set()
        try:
            await self._begun.wait()
            if self._ended:
                subscriber.end()
            yield subscriber
        finally:
            self._leave(organization_id, subscriber)

    def _leave(self, organization_id: int | None, subscriber: Subscriber) -> None:
        self._subscribers[organization_id].discard(subscriber)
        if not self._subscribers[organization_id]:
            del self._subscribers[organization_id]
        if not self._subscribers:
            self._is_followed.clear()
            self._begun.clear()
            self._horizon = None

    async def run(self) -> None:
        """Runs until it is cancelled; a failure of the database only delays it."""
        while True:
            await self._is_followed.wait()
            self._woken.clear()
            try:
                await self._look()
            except Exception as error:
                log.warning("change log unreadable", error=in_one_line(error))
                await asyncio.sleep(REST_S)
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _look(self) -> None:
        if self._horizon is None:
            await self._begin()
            return
        horizon = self._horizon
        async with self._database.read() as session:
            found = await read_after(session, horizon.settled)
        new = set(horizon.admit([revision.id for revision in found], time.monotonic()))
        for revision in found:
            if revision.id in new:
                self._tell(revision)

    async def _begin(self) -> None:
        """Skips the changes that are in the log already, but not those of open transactions."""
        async with self._database.read() as session:
            horizon = Horizon(await find_settled(session))
            found = await read_after(session, horizon.settled)
        horizon.admit([revision.id for revision in found], time.monotonic())
        # If all subscribers have left meanwhile, the next one begins again.
        if self._subscribers:
            self._horizon = horizon
            self._begun.set()

    def _tell(self, revision: Revision) -> None:
        for followed in (revision.subject_id, None):
            for subscriber in self._subscribers.get(followed, ()):
                if subscriber.wants(revision.key):
                    subscriber.tell(revision.value_id)
