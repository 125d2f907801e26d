"""Wait for other tasks and processes."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[bool]], within_s: float = 5.0) -> None:
    """Return once `holds` returns True; raise `TimeoutError` if it does not in time."""
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110 (Another process sends no event.)
            await asyncio.sleep(0.01)
