"""The wiring of the workers floor: relay, jobs and maintenance, in the API's process or in one of their own."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from db.values.results import Definition
from workers.announce import Announcer
from workers.maintenance import Maintenance
from workers.metrics.catalogue import CATALOGUE
from workers.relay import Relay
from workers.runner import DRAIN_S, ArqQueue, JobRunner


@asynccontextmanager
async def working(
    database: Database,
    redis_url: str | None,
    metrics: Sequence[Definition] = CATALOGUE,
    on_recomputed: Callable[[], None] = lambda: None,
) -> AsyncGenerator[Relay]:
    """While it is open, every change in the database arrives in the derived values; needs a migrated database.

    Without `redis_url`, or while nothing answers there, the relay does the work itself. Leaving it finishes what is
    running, within `DRAIN_S`. Call the relay's `nudge` after a commit to have it seen at once. Values may have changed
    whenever `on_recomputed` is called; to other processes Redis says so.
    """
    async with database.write() as session:
        await sync_definitions(session, metrics)

    queue = ArqQueue(redis_url) if redis_url else None
    announcers = [Announcer(queue)] if queue else []

    def recomputed() -> None:
        on_recomputed()
        for announcer in announcers:
            announcer.tell()

    relay = Relay(database, queue, metrics, recomputed)
    parts: list[Relay | JobRunner | Maintenance | Announcer] = [
        relay,
        Maintenance(database, lambda: relay.running),
        *announcers,
    ]
    if redis_url:
        parts.append(JobRunner(redis_url, relay.recompute))
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield relay
    finally:
        for part in parts:
            part.stop()
        await _end(tasks)
        if queue:
            await queue.close()


async def work(database: Database, redis_url: str | None) -> None:
    """A worker's process: runs until SIGINT or SIGTERM, and then finishes what it is at."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    async with working(database, redis_url):
        await stopping.wait()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    _, late = await asyncio.wait(tasks, timeout=DRAIN_S + 1)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
