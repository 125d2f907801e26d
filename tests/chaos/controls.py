"""`python -m tests.chaos.controls CONTROL PROGRAM …` runs the writer or `convene` with one function broken.

The harness must report each control as broken. If it does not, it cannot find that kind of error.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from random import uniform
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, select

from api.cli import app
from api.settings import Settings
from db.connections.engine import Database
from db.connections.sessions import WriteSession
from db.derived import values
from db.facts.gather import gather
from db.models import Mark
from db.sql.ids import among
from db.staleness import marks
from db.values.facts import Facts
from db.values.results import Definition
from tests.chaos import writer
from workers import recompute
from workers.metrics.catalogue import CATALOGUE
from workers.metrics.metric import Metric
from workers.queue import QueueUnavailable
from workers.runner import ArqQueue

_PLAIN: Final = {"synchronize_session": False}
COMPUTING_S: Final = 0.25


def enqueue() -> None:
    """Break the marks: the writer deletes them before its commit, and enqueues their organizations after it.

    The triggers still find the organizations, so the only difference is that the news travels outside the transaction.
    """
    queue: list[ArqQueue] = []
    write = Database.write

    @asynccontextmanager
    async def write_and_enqueue(self: Database) -> AsyncGenerator[WriteSession]:
        async with write(self) as session:
            yield session
            taken = delete(Mark).returning(Mark.id, Mark.organization_id)
            rows = (await session.execute(taken, execution_options=_PLAIN)).all()
            marked = sorted({row.organization_id for row in rows})
        if marked:
            queue[:] = queue or [ArqQueue(str(Settings().redis_url))]
            try:
                # The largest mark id is new each time, so each enqueued job is a new one.
                await queue[0].enqueue(marked, max(row.id for row in rows))
            except QueueUnavailable:
                return

    async def take_enqueued(_session: WriteSession, organization_ids: Sequence[int]) -> set[int]:
        return set(organization_ids)

    Database.write = write_and_enqueue  # type: ignore[method-assign]
    marks.take = take_enqueued


def lock() -> None:
    """Break the locks: read and store in separate transactions, without advisory locks, row locks or a write lock."""

    async def read_and_then_store(
        database: Database, organization_ids: Sequence[int], metrics: Sequence[Definition] = CATALOGUE
    ) -> int:
        async with database.read() as session:
            _READ.set(await _read(session, organization_ids, metrics))
        # Computing takes a varying time, so without a lock an older result can overwrite a newer one. A stopped worker
        # takes even longer.
        await asyncio.sleep(uniform(0, COMPUTING_S))
        async with database.write() as session:
            return await recompute._recompute(session, organization_ids, metrics)

    async def recompute_one(database: Database, organization_id: int, metrics: Sequence[Definition]) -> int:
        return await read_and_then_store(database, [organization_id], metrics)

    async def take_read_marks(session: WriteSession, _organization_ids: Sequence[int]) -> set[int]:
        read = _READ.get()
        await session.execute(delete(Mark).where(among(Mark.id, read.marks)), execution_options=_PLAIN)
        return set(read.marks.values())

    async def return_read_facts(*_: Any) -> list[Facts]:
        return _READ.get().facts

    async def skip_lock(_session: WriteSession, organization_ids: Sequence[int]) -> list[int]:
        return list(organization_ids)

    def skip_explanation(*_: Any) -> list[dict[str, Any]]:
        return []

    recompute.recompute, recompute._recompute_or_park = read_and_then_store, recompute_one
    recompute.lock_organizations, recompute.gather, marks.take = skip_lock, return_read_facts, take_read_marks
    # A reference to a deleted claim would fail the transaction, and the retry would read everything again.
    values._inputs = values._alternatives = skip_explanation


class Read(NamedTuple):
    """The state before the store: the marks' organizations by mark id, and the facts."""

    marks: dict[int, int]
    facts: list[Facts]


_READ: Final[ContextVar[Read]] = ContextVar("read")


async def _read(session: Any, organization_ids: Sequence[int], metrics: Sequence[Definition]) -> Read:
    rows = await session.execute(
        select(Mark.id, Mark.organization_id).where(among(Mark.organization_id, organization_ids))
    )
    seen = {row.id: row.organization_id for row in rows}
    formulas = [metric for metric in metrics if isinstance(metric, Metric)]
    reads = [read for metric in formulas for read in metric.reads]
    return Read(seen, await gather(session, sorted(set(seen.values())), reads))


CONTROLS: Final[Mapping[str, Callable[[], None]]] = {"enqueue": enqueue, "lock": lock}


if __name__ == "__main__":
    control, program, *arguments = sys.argv[1:]
    CONTROLS[control]()
    if program == "writer":
        asyncio.run(writer.main(*arguments))
    else:
        app([program, *arguments])
