"""The relay finds marks in the database, and enqueues jobs for them or recomputes the organizations itself."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import structlog

from db.connections.engine import Database
from db.staleness import marks
from db.staleness.marks import Waiting
from db.values.results import Definition
from workers.metrics.catalogue import CATALOGUE
from workers.queue import Queue, QueueUnavailable
from workers.recompute import recompute_each

log = structlog.get_logger(__name__)

# The time between two looks for marks while there are none. The watch of the database wakes the relay earlier; this is
# its safety net.
IDLE_S: Final = 1.0
# The time between two looks while marks are left, in the background or in the queue.
BUSY_S: Final = 0.01
# The relay recomputes up to this many organizations itself, because enqueueing them would take as long.
AT_ONCE: Final = 8
# Larger batches share statements among more organizations, but their formulas block the event loop for longer.
BATCH: Final = 50
# At most this many organizations are enqueued at a time; the rest of the backlog stays in the database.
MAX_ENQUEUED: Final = 1000
# Background marks get few jobs, so that a change never waits behind many: three batches keep formulas and database busy
# at the same time, and leave one of a worker's four jobs free.
BACKGROUND_BATCH: Final = 100
BACKGROUND_ENQUEUED: Final = 3 * BACKGROUND_BATCH
# A job without effect after this long is lost or stuck: the relay recomputes its organizations itself.
OVERDUE_S: Final = 1.0
# After an attempt fails to reach the queue, the relay does not use it for this long.
QUEUE_REST_S: Final = 1.0


class Enqueued(NamedTuple):
    newest_mark: int
    at: float


class Relay:
    """Gets every marked organization recomputed, by the workers through the queue or by itself.

    An enqueued organization is not enqueued again until its marks are gone or the job is overdue. Marks left by changes
    come first; background marks are taken in small batches in between.
    """

    def __init__(
        self,
        database: Database,
        queue: Queue | None,
        metrics: Sequence[Definition] = CATALOGUE,
        on_recomputed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._queue = queue
        self._metrics = metrics
        self._on_recomputed = on_recomputed
        self._enqueued: dict[int, Enqueued] = {}
        self._nudged = asyncio.Event()
        self._stopping = False
        self._queue_rests_until = 0.0
        self._alone = False
        self.running = 0

    def nudge(self) -> None:
        """Look for marks at once. Returns immediately."""
        self._nudged.set()

    def stop(self) -> None:
        """End `run` after the work in progress."""
        self._stopping = True
        self.nudge()

    async def run(self) -> None:
        """Run until `stop`, through every failure of the database and the queue."""
        async with self._database.watch(self.nudge):
            while not self._stopping:
                busy = True
                try:
                    busy = await self._round()
                except Exception:
                    log.exception("reading marks failed: trying again")
                    await asyncio.sleep(OVERDUE_S)
                await self._rest(BUSY_S if busy else IDLE_S)

    async def recompute(self, organization_ids: Sequence[int]) -> int:
        """Like `recompute_each`, but counts the organizations as `running` and calls `on_recomputed` at the end."""
        self.running += len(organization_ids)
        try:
            return await recompute_each(self._database, organization_ids, self._metrics)
        finally:
            self.running -= len(organization_ids)
            # Also after a failure, because some of them may have been committed.
            self._on_recomputed()

    async def _rest(self, rest_s: float) -> None:
        # A timer costs a fraction of `asyncio.timeout`, which cancels the task and catches the cancellation.
        timer = asyncio.get_running_loop().call_later(rest_s, self.nudge)
        await self._nudged.wait()
        timer.cancel()
        self._nudged.clear()

    async def _round(self) -> bool:
        """Whether marks were found, so that the next look should come soon."""
        if not await self._database.look(marks.ANY_WAITING):
            self._enqueued.clear()
            return False
        async with self._database.read() as session:
            live = await marks.waiting(session, MAX_ENQUEUED)
        await self._attend(live)
        async with self._database.read() as session:
            later = await marks.waiting_in_background(session, BACKGROUND_ENQUEUED)
        urgent = {one.organization_id for one in live}
        later = [one for one in later if one.organization_id not in urgent]
        await self._attend_to_background(later)
        found = urgent | {one.organization_id for one in later}
        self._enqueued = {id: job for id, job in self._enqueued.items() if id in found}
        return True

    async def _attend(self, live: Sequence[Waiting]) -> None:
        new = [one for one in live if self._is_new(one)]
        if len(new) <= AT_ONCE:
            await self._recompute(new)
        else:
            for batch in _batches(new, BATCH):
                await self._hand_over(batch)
        await self._catch_up(live, BATCH)

    async def _attend_to_background(self, later: Sequence[Waiting]) -> None:
        for batch in _batches([one for one in later if self._is_new(one)], BACKGROUND_BATCH):
            if not await self._hand_over(batch):
                # The relay recomputed one batch itself; now it looks for changes first.
                return
        await self._catch_up(later, BACKGROUND_BATCH)

    async def _catch_up(self, waiting: Sequence[Waiting], size: int) -> None:
        # One batch at a time, so that new changes need not wait for all overdue ones.
        await self._recompute([one for one in waiting if self._is_overdue(one)][:size])

    def _is_new(self, one: Waiting) -> bool:
        job = self._enqueued.get(one.organization_id)
        return job is None or one.oldest > job.newest_mark

    def _is_overdue(self, one: Waiting) -> bool:
        job = self._enqueued.get(one.organization_id)
        return job is not None and time.monotonic() - job.at > OVERDUE_S

    async def _hand_over(self, batch: Sequence[Waiting]) -> bool:
        """Enqueue the batch, or recompute it; returns whether it was enqueued."""
        is_enqueued = await self._enqueue(batch)
        if is_enqueued:
            self._note(batch)
        else:
            await self._recompute(batch)
        return is_enqueued

    def _note(self, batch: Sequence[Waiting]) -> None:
        now = time.monotonic()
        self._enqueued |= {one.organization_id: Enqueued(one.newest, now) for one in batch}

    async def _enqueue(self, batch: Sequence[Waiting]) -> bool:
        if self._queue is None or time.monotonic() < self._queue_rests_until:
            return False
        try:
            await self._queue.enqueue([one.organization_id for one in batch], max(one.newest for one in batch))
        except QueueUnavailable as error:
            if not self._alone:
                log.warning("queue unavailable: the relay recomputes by itself", error=str(error))
            self._alone = True
            self._queue_rests_until = time.monotonic() + QUEUE_REST_S
            # Enqueued jobs may be lost with the queue.
            self._enqueued.clear()
            return False
        if self._alone:
            log.info("queue available again")
        self._alone = False
        return True

    async def _recompute(self, batch: Sequence[Waiting]) -> None:
        if not batch:
            return
        # Noted first, so that a failed batch is tried again only when it is overdue, not in a tight loop.
        self._note(batch)
        ids = [one.organization_id for one in batch]
        try:
            if await self.recompute(ids) == len(ids):
                self._enqueued = {id: job for id, job in self._enqueued.items() if id not in ids}
        except Exception:
            log.exception("recompute failed", organizations=ids)


def _batches(found: Sequence[Waiting], size: int) -> list[Sequence[Waiting]]:
    return [found[start : start + size] for start in range(0, len(found), size)]
