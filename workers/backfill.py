"""Recomputing everything, whether or not it has changed."""

import asyncio
from collections.abc import Callable
from typing import Final

from sqlalchemy import func, select

from db import marks
from db.engine import Database
from db.models import Mark, Organization
from workers.definitions import sync_definitions
from workers.recompute import recompute

BATCH: Final = 50
REST_S: Final = 0.05


async def recompute_all(database: Database, progress: Callable[[int, int], None]) -> int:
    """Everything derived of every organization is true, as of no earlier than this call; returns how many they were.

    Workers that run beside it share the work. `progress` is called with how many are done, and of how many.
    """
    async with database.write() as session:
        await sync_definitions(session)
        await marks.add(session, select(Organization.id))
        last = await session.scalar(select(func.max(Mark.id))) or 0
    total = left = await _left(database, last)
    while left:
        async with database.read() as session:
            batch = [one.organization_id for one in await marks.waiting(session, BATCH)]
        if not await recompute(database, batch):
            # Another worker has them all.
            await asyncio.sleep(REST_S)
        left = await _left(database, last)
        progress(total - left, total)
    return total


async def _left(database: Database, last: int) -> int:
    """How many organizations have a mark that isn't younger than `last`."""
    async with database.read() as session:
        counted = select(func.count(Mark.organization_id.distinct())).where(Mark.id <= last)
        return await session.scalar(counted) or 0
