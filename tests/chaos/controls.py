"""`python -m tests.chaos.controls CONTROL PROGRAM …` runs the writer or `convene` with one function made worse.

The harness must tell each from the real program: one that it holds to be true as well shows that it can't.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from random import uniform
from time import time_ns
from typing import Any, Final

from sqlalchemy import delete, select

from api.cli import app
from db import marks
from db.engine import Database
from db.ids import among
from db.models import Mark
from db.session import WriteSession
from db.settings import Settings
from tests.chaos import writer
from workers import recompute
from workers.definitions import definition_ids
from workers.jobs import settle
from workers.metrics import CATALOGUE, METRICS
from workers.metrics.conflicts import conflicts
from workers.metrics.inputs import gather
from workers.metrics.metric import Definition
from workers.queue import ArqQueue, QueueUnavailable
from workers.store import Computed, delete_values, store_conflicts, store_values

COMPUTING_S: Final = 0.25


def enqueue() -> None:
    """No mark is ever committed: the writer enqueues whom it concerns after its commit, and jobs do as they are told.

    It knows them as exactly as the triggers do, so that all that differs is how the news travels.
    """
    queue: list[ArqQueue] = []
    write = Database.write

    @asynccontextmanager
    async def write_and_enqueue(self: Database) -> AsyncGenerator[WriteSession]:
        async with write(self) as session:
            yield session
            taken = delete(Mark).returning(Mark.organization_id).execution_options(synchronize_session=False)
            concerned = sorted(set(await session.scalars(taken)))
        if concerned:
            queue[:] = queue or [ArqQueue(str(Settings().redis_url))]
            try:
                # The time makes each offer one of its own; as a place in the queue it is due at once.
                await queue[0].offer(concerned, time_ns() // 1_000_000)
            except QueueUnavailable:
                return

    async def as_told(_session: WriteSession, organization_ids: Sequence[int]) -> set[int]:
        return set(organization_ids)

    Database.write = write_and_enqueue  # type: ignore[method-assign]
    marks.take = as_told


def lock() -> None:
    """Nothing is held from reading to storing: neither lock nor the marks' own rows nor SQLite's turn to write."""

    async def alone(database: Database, organization_id: int, metrics: Sequence[Definition]) -> int:
        return await _recompute_unlocked(database, [organization_id], metrics)

    recompute.recompute = _recompute_unlocked
    recompute._recompute_or_park = alone


async def _recompute_unlocked(
    database: Database, organization_ids: Sequence[int], metrics: Sequence[Definition] = CATALOGUE
) -> int:
    reading: Any
    async with database.read() as reading:
        rows = await reading.execute(
            select(Mark.id, Mark.organization_id).where(among(Mark.organization_id, organization_ids))
        )
        seen = dict(rows.all())
        gathered = await gather(reading, sorted(set(seen.values())), METRICS)
    # A reference to a claim that is gone by then would end the transaction, and everything would be read anew.
    computed = [
        Computed(facts.organization.id, metric, replace(metric.compute(facts), inputs=()), facts.newest_change)
        for facts in gathered
        if facts.is_convener
        for metric in METRICS
    ]
    # Computing takes a while, and not always the same: the lock is there for that. Paused processes take longer still.
    await asyncio.sleep(uniform(0, COMPUTING_S))
    async with database.write() as session:
        await delete_values(session, [facts.organization.id for facts in gathered if not facts.is_convener])
        await store_values(session, computed, await definition_ids(session, metrics))
        await store_conflicts(session, {facts.organization.id: conflicts(facts.claims) for facts in gathered})
        await settle(session, set(seen.values()), {})
        await session.execute(delete(Mark).where(among(Mark.id, seen)).execution_options(synchronize_session=False))
    return len(set(seen.values()))


CONTROLS: Final[Mapping[str, Callable[[], None]]] = {"enqueue": enqueue, "lock": lock}


if __name__ == "__main__":
    control, program, *arguments = sys.argv[1:]
    CONTROLS[control]()
    if program == "writer":
        asyncio.run(writer.main(*arguments))
    else:
        app([program, *arguments])
