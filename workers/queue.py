"""The port to the queue, which distributes work among the workers.

Jobs may be lost or repeated: only the marks in the database say what must still be recomputed.
"""

from collections.abc import Sequence
from typing import Protocol


class QueueUnavailable(Exception):
    """The queue did not answer, or not in time."""


class Queue(Protocol):
    async def enqueue(self, organization_ids: Sequence[int], newest_mark: int) -> None:
        """Ask the workers to recompute these organizations; raises `QueueUnavailable`.

        The job may be lost. Within a few seconds, the same organizations with the same newest mark are one job.
        """
        ...

    async def announce(self) -> None:
        """Tell all processes that metrics may have changed; raises `QueueUnavailable`."""
        ...
