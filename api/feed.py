"""What derived values have become, from the database's log to whoever subscribes in this process.

The log is the truth. It is looked at when someone says that values have changed, and else every `LOOK_S`, so that
what isn't said is found all the same.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Final

import structlog

from db.connections.engine import Database
from db.derived.revisions import WINDOW_S, Revision, find_settled, read_after

log = structlog.get_logger(__name__)

LOOK_S: Final = 0.5
# How long a database that couldn't be asked is left alone.
REST_S: Final = 1.0


class Horizon:
    """Which of a sequence's ids have been seen.

    A sequence isn't in the order of the commits: a transaction that took a lower id may commit after one that took a
    higher, and whoever only asked for what is above the newest that he saw would never see it. So `settled` is the id
    up to which every one has been seen, or has been missing for longer than a transaction may last. What has been seen
    above it is remembered, so that it counts once.
    """

    def __init__(self, settled: int) -> None:
        self.settled = settled
        self._above: dict[int, float] = {}

    def admit(self, ids: Iterable[int], at_s: float) -> list[int]:
        """Those of the ids, which are all above `settled`, that are seen for the first time."""
        new = [id for id in ids if id not in self._above]
        self._above |= dict.fromkeys(new, at_s)
        self.settled = max([self.settled, *(id for id, seen_s in self._above.items() if at_s - seen_s > WINDOW_S)])
        while self.settled + 1 in self._above:
            self.settled += 1
        self._above = {id: seen_s for id, seen_s in self._above.items() if id > self.settled}
        return new


class Subscriber:
    """The values that someone is still to be told of, by id: each once, however often it has changed meanwhile.

    So its memory is bounded by the number of values, and who reads slowly gets what is true then.
    """

    def __init__(self, keys: Collection[str] | None) -> None:
        self._keys = keys
        self._pending: dict[int, None] = {}
        self._told = asyncio.Event()
        self._ended = False

    def wants(self, key: str) -> bool:
        return self._keys is None or key in self._keys

    def tell(self, value_id: int) -> None:
        """The value is told of after all others."""
        self._pending[value_id] = None
        self._told.set()

    def tell_first(self, value_ids: Iterable[int]) -> None:
        """The values are told of before all others, in this order."""
        self._pending = dict.fromkeys(value_ids) | self._pending
        self._told.set()

    def end(self) -> None:
        """It is told nothing any more."""
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
    """Looks at the log for all who subscribe in this process, by one statement; at nothing while nobody does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # By the organization that they want to be told of, or None.
        self._subscribers: defaultdict[int | None, set[Subscriber]] = defaultdict(set)
        self._horizon: Horizon | None = None
        self._wanted = asyncio.Event()
        self._begun = asyncio.Event()
        self._woken = asyncio.Event()
        self._ended = False

    def wake(self) -> None:
        """Values may have changed: it looks now. Returns immediately."""
        self._woken.set()

    def end(self) -> None:
        """All subscriptions end, and so do those that begin."""
        self._ended = True
        self._begun.set()
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.end()

    @asynccontextmanager
    async def subscribe(self, organization_id: int | None, keys: Collection[str] | None) -> AsyncGenerator[Subscriber]:
        """A subscriber that is told of everything that is committed while it is open."""
        subscriber = Subscriber(keys)
        self._subscribers[organization_id].add(subscriber)
        self._wanted.set()
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
            self._wanted.clear()
            self._begun.clear()
            self._horizon = None

    async def run(self) -> None:
        """Runs until it is cancelled, through every failure of the database."""
        while True:
            await self._wanted.wait()
            self._woken.clear()
            try:
                await self._look()
            except Exception as error:
                log.warning("the log of values could not be read", error=f"{type(error).__name__}: {error}")
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
        """What is in the log already is nobody's news; what is under way may be."""
        async with self._database.read() as session:
            horizon = Horizon(await find_settled(session))
            found = await read_after(session, horizon.settled)
        horizon.admit([revision.id for revision in found], time.monotonic())
        # Unless all have left meanwhile: whoever comes next begins anew.
        if self._subscribers:
            self._horizon = horizon
            self._begun.set()

    def _tell(self, revision: Revision) -> None:
        for whose in (revision.subject_id, None):
            for subscriber in self._subscribers.get(whose, ()):
                if subscriber.wants(revision.key):
                    subscriber.tell(revision.value_id)
