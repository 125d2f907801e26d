"""The queue as the relay sees it: a port that spreads work over workers and holds no truth.

Whatever happens to a job, the marks in the database say what is still to be done.
"""

from collections.abc import Sequence
from typing import Protocol


class QueueUnavailable(Exception):
    """The queue gave no answer in time, or none at all."""


class Queue(Protocol):
    async def enqueue(self, organization_ids: Sequence[int], newest_mark: int) -> None:
        """Some worker may recompute these organizations; raises `QueueUnavailable`.

        The job may be lost. The same organizations with the same newest mark count once within a few seconds.
        """
        ...

    async def announce(self) -> None:
        """Tell all processes that metrics may have changed; raises `QueueUnavailable`."""
        ...
