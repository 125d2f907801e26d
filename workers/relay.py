"""The relay: from marks in the database to jobs in the queue, or to recomputing them itself."""

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

# How long between two looks for marks while none wait: the watch of the database wakes the relay, and this is its net.
IDLE_S: Final = 1.0
# The same while some wait, in the background or for the queue.
BUSY_S: Final = 0.01
# So few are recomputed by the relay itself, at once: the way through the queue takes as long as recomputing them does.
AT_ONCE: Final = 8
# A batch's statements are shared by its organizations, but its formulas keep the event loop.
BATCH: Final = 50
# As many organizations are on offer at most, so that the queue's backlog stays in the database.
MAX_ENQUEUED: Final = 1000
# Of those that wait in the background there are only so few, so that a change never waits behind many: three batches
# keep formulas and database busy at once, and leave one of a worker's jobs free.
BACKGROUND_BATCH: Final = 100
BACKGROUND_ENQUEUED: Final = 3 * BACKGROUND_BATCH
# An offer that has had no effect for so long is lost or stuck: the relay recomputes it itself.
OVERDUE_S: Final = 1.0
# How long a queue that couldn't be reached is left alone.
QUEUE_REST_S: Final = 1.0


class Enqueued(NamedTuple):
    newest_mark: int
    at: float


class Relay:
    """Sees to it that whatever is marked gets recomputed: by the queue's workers, or else by itself.

    Organizations that are on offer are not offered again before their marks are gone or the offer is overdue. Those
    that a change has marked go first; what waits in the background is taken in small portions in between.
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
        """Marks have been left: they are looked for at once, not when the relay looks next. Returns immediately."""
        self._nudged.set()

    def stop(self) -> None:
        """`run` ends when it has finished what it is at."""
        self._stopping = True
        self.nudge()

    async def run(self) -> None:
        """Runs until `stop`, through every failure of the database and the queue."""
        async with self._database.watch(self.nudge):
            while not self._stopping:
                busy = True
                try:
                    busy = await self._round()
                except Exception:
                    log.exception("the relay could not look for marks")
                    await asyncio.sleep(OVERDUE_S)
                await self._rest(BUSY_S if busy else IDLE_S)

    async def recompute(self, organization_ids: Sequence[int]) -> int:
        """As `recompute_each`; the organizations count as `running` meanwhile. `on_recomputed` is called after it."""
        self.running += len(organization_ids)
        try:
            return await recompute_each(self._database, organization_ids, self._metrics)
        finally:
            self.running -= len(organization_ids)
            # Also where it failed: a part of them may have been committed.
            self._on_recomputed()

    async def _rest(self, rest_s: float) -> None:
        # A timer costs a fraction of a timeout, which cancels the task and catches that.
        timer = asyncio.get_running_loop().call_later(rest_s, self.nudge)
        await self._nudged.wait()
        timer.cancel()
        self._nudged.clear()

    async def _round(self) -> bool:
        """Whether marks were found, so that it is worth looking again soon."""
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
                # One batch of its own, and then it looks what has changed meanwhile.
                return
        await self._catch_up(later, BACKGROUND_BATCH)

    async def _catch_up(self, waiting: Sequence[Waiting], size: int) -> None:
        # One batch at a time: what is new meanwhile must not wait for all that is late.
        await self._recompute([one for one in waiting if self._is_overdue(one)][:size])

    def _is_new(self, one: Waiting) -> bool:
        job = self._enqueued.get(one.organization_id)
        return job is None or one.oldest > job.newest_mark

    def _is_overdue(self, one: Waiting) -> bool:
        job = self._enqueued.get(one.organization_id)
        return job is not None and time.monotonic() - job.at > OVERDUE_S

    async def _hand_over(self, batch: Sequence[Waiting]) -> bool:
        """Whether the queue has the batch; else it is recomputed."""
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
                log.warning("the relay recomputes by itself, for the queue is away", error=str(error))
            self._alone = True
            self._queue_rests_until = time.monotonic() + QUEUE_REST_S
            # What was on offer may be lost with the queue.
            self._enqueued.clear()
            return False
        if self._alone:
            log.info("the queue is back")
        self._alone = False
        return True

    async def _recompute(self, batch: Sequence[Waiting]) -> None:
        if not batch:
            return
        # Noted first, so that what fails is tried again when it is overdue, and not in a tight loop.
        self._note(batch)
        ids = [one.organization_id for one in batch]
        try:
            if await self.recompute(ids) == len(ids):
                self._enqueued = {id: job for id, job in self._enqueued.items() if id not in ids}
        except Exception:
            log.exception("recomputing failed", organizations=ids)


def _batches(found: Sequence[Waiting], size: int) -> list[Sequence[Waiting]]:
    return [found[start : start + size] for start in range(0, len(found), size)]
