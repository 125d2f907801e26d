"""Messages over Redis that metrics have changed, so that subscribers in other processes learn of it at once."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from redis.exceptions import RedisError

from workers.queue import Queue, QueueUnavailable
from workers.runner import CHANNEL, RESTART_S, SOCKET_TIMEOUT_S, cancel, connect, follow

log = structlog.get_logger(__name__)


class Announcer:
    """Announces in the background that values have changed; changes during an announcement share the next one."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._due = asyncio.Event()
        self._stopping = False

    def tell(self) -> None:
        """Announce that values have changed. Returns immediately."""
        self._due.set()

    def stop(self) -> None:
        """End `run`."""
        self._stopping = True
        self._due.set()

    async def run(self) -> None:
        """Run until `stop`. An announcement that fails is dropped: subscribers also read the log of values."""
        while not self._stopping:
            await self._due.wait()
            self._due.clear()
            with suppress(QueueUnavailable):
                await self._queue.announce()


@asynccontextmanager
async def listening(url: str, wake: Callable[[], None]) -> AsyncGenerator[None]:
    """While open, `wake` is called for each announcement that values may have changed."""
    task = asyncio.create_task(_listen_on(url, wake))
    try:
        yield
    finally:
        await cancel(task)


async def _listen_on(url: str, wake: Callable[[], None]) -> None:
    while True:
        redis = connect(url, SOCKET_TIMEOUT_S)
        try:
            async with redis.pubsub() as channel:  # pyright: ignore[reportUnknownMemberType]
                await follow(channel, CHANNEL, wake)
        except (RedisError, OSError) as error:
            log.debug("Redis unavailable: announcements wait", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(RESTART_S)
        finally:
            await redis.aclose(close_connection_pool=True)
