"""Waiting for what other tasks and processes do."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[bool]], within_s: float = 5.0) -> None:
    """`holds` has given True; raises `TimeoutError` where it doesn't in time."""
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110 (Nothing tells us when another process gets there.)
            await asyncio.sleep(0.01)
