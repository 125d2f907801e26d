"""The wiring of the workers floor: relay, jobs and maintenance, in the API's process or a separate one."""

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
    sender: str = "",
) -> AsyncGenerator[Relay]:
    """While open, metrics follow every change in the database, which must be migrated.

    Without `redis_url`, or while Redis does not answer, the relay recomputes by itself. Leaving waits up to `DRAIN_S`
    for the work in progress. Call the relay's `nudge` after a commit, so that it looks at once. `on_recomputed` is
    called when values may have changed; Redis tells other processes, in messages with the name of the `sender`.
    """
    async with database.write() as session:
        await sync_definitions(session, metrics)

    queue = ArqQueue(redis_url, sender) if redis_url else None
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
    """Run a worker's process until SIGINT or SIGTERM, and finish the work in progress."""
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
