"""Messages over Redis that metrics have changed, so that subscribers in other processes learn of it at once."""

import asyncio
from contextlib import suppress

from workers.queue import Queue, QueueUnavailable


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
