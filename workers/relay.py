"""The relay: from marks in the database to jobs in the queue, or to recomputing them itself."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog

from db import marks
from db.engine import Database
from db.marks import Waiting
from workers.metrics import METRICS
from workers.metrics.metric import Metric
from workers.queue import Queue, QueueUnavailable
from workers.recompute import recompute

log = structlog.get_logger(__name__)

IDLE_S: Final = 0.05
# A batch's statements are shared by its organizations, but its formulas keep the event loop.
BATCH: Final = 50
# As many organizations are on offer at most, so that the queue's backlog stays in the database.
ON_OFFER: Final = 1000
# An offer that has had no effect for so long is lost or stuck: the relay recomputes it itself.
OVERDUE_S: Final = 1.0
# How long a queue that couldn't be reached is left alone.
QUEUE_REST_S: Final = 1.0


class Offer(NamedTuple):
    newest_mark: int
    at: float


class Relay:
    """Sees to it that whatever is marked gets recomputed: by the queue's workers, or else by itself.

    Organizations that are on offer are not offered again before their marks are gone or the offer is overdue.
    """

    def __init__(self, database: Database, queue: Queue | None, metrics: Sequence[Metric] = METRICS) -> None:
        self._database = database
        self._queue = queue
        self._metrics = metrics
        self._offers: dict[int, Offer] = {}
        self._nudged = asyncio.Event()
        self._stopping = False
        self._queue_rests_until = 0.0
        self._alone = False

    def nudge(self) -> None:
        """Marks have been left: they are looked for at once, not when the relay looks next. Returns immediately."""
        self._nudged.set()

    def stop(self) -> None:
        """`run` ends when it has finished what it is at."""
        self._stopping = True
        self.nudge()

    async def run(self) -> None:
        """Runs until `stop`, through every failure of the database and the queue."""
        while not self._stopping:
            try:
                await self._round()
            except Exception:
                log.exception("the relay could not look for marks")
                await asyncio.sleep(OVERDUE_S)
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE_S):
                await self._nudged.wait()
        except TimeoutError:
            return
        self._nudged.clear()

    async def _round(self) -> None:
        async with self._database.read() as session:
            found = await marks.waiting(session, ON_OFFER)
        self._offers = {id: self._offers[id] for id, _, _ in found if id in self._offers}
        for batch in _batches([one for one in found if self._is_new(one)]):
            await self._hand_over(batch)
        # One at a time: what is new meanwhile must not wait for all that is late.
        for batch in _batches([one for one in found if self._is_overdue(one)])[:1]:
            await self._recompute(batch)

    def _is_new(self, one: Waiting) -> bool:
        offer = self._offers.get(one.organization_id)
        return offer is None or one.oldest > offer.newest_mark

    def _is_overdue(self, one: Waiting) -> bool:
        offer = self._offers.get(one.organization_id)
        return offer is not None and time.monotonic() - offer.at > OVERDUE_S

    async def _hand_over(self, batch: Sequence[Waiting]) -> None:
        if await self._offer(batch):
            self._note(batch)
        else:
            await self._recompute(batch)

    def _note(self, batch: Sequence[Waiting]) -> None:
        now = time.monotonic()
        self._offers |= {one.organization_id: Offer(one.newest, now) for one in batch}

    async def _offer(self, batch: Sequence[Waiting]) -> bool:
        if self._queue is None or time.monotonic() < self._queue_rests_until:
            return False
        try:
            await self._queue.offer([one.organization_id for one in batch], max(one.newest for one in batch))
        except QueueUnavailable as error:
            if not self._alone:
                log.warning("the relay recomputes by itself, for the queue is away", error=str(error))
            self._alone = True
            self._queue_rests_until = time.monotonic() + QUEUE_REST_S
            # What was on offer may be lost with the queue.
            self._offers.clear()
            return False
        if self._alone:
            log.info("the queue is back")
        self._alone = False
        return True

    async def _recompute(self, batch: Sequence[Waiting]) -> None:
        # Noted first, so that what fails is tried again when it is overdue, and not in a tight loop.
        self._note(batch)
        try:
            await recompute(self._database, [one.organization_id for one in batch], self._metrics)
        except Exception:
            log.exception("recomputing failed", organizations=[one.organization_id for one in batch])
            if len(batch) > 1:
                # What ails one of them must not keep the others waiting.
                for one in batch:
                    await self._recompute([one])


def _batches(found: Sequence[Waiting]) -> list[Sequence[Waiting]]:
    return [found[start : start + BATCH] for start in range(0, len(found), BATCH)]
