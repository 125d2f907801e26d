"""Announcements over Redis that metrics have changed, so that subscribers in other processes hear at once."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from redis.exceptions import RedisError

from workers.queue import Queue, QueueUnavailable
from workers.runner import CHANNEL, RESTART_S, SOCKET_TIMEOUT_S, cancel, connect, follow

log = structlog.get_logger(__name__)


class Announcer:
    """Announces that values have changed, in nobody's way: once for all that has changed while it was at it."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._due = asyncio.Event()
        self._stopping = False

    def tell(self) -> None:
        """Values have changed. Returns immediately."""
        self._due.set()

    def stop(self) -> None:
        """`run` ends."""
        self._stopping = True
        self._due.set()

    async def run(self) -> None:
        """Runs until `stop`; what can't be announced is found in the log by those who look there."""
        while not self._stopping:
            await self._due.wait()
            self._due.clear()
            with suppress(QueueUnavailable):
                await self._queue.announce()


@asynccontextmanager
async def listening(url: str, wake: Callable[[], None]) -> AsyncGenerator[None]:
    """While it is open, `wake` is called when values may have changed, as far as Redis can tell."""
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
            log.debug("announcements wait for Redis", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(RESTART_S)
        finally:
            await redis.aclose(close_connection_pool=True)
