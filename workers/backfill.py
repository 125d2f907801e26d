"""Recomputing everything, even if nothing changed."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from db.derived.jobs import close_backfills, count_failed, count_left, resume_backfill
from db.staleness import marks
from db.values.results import Definition
from workers.metrics.catalogue import CATALOGUE
from workers.recompute import recompute_each
from workers.relay import BACKGROUND_BATCH

# After each batch on SQLite, the backfill rests for as long as the batch took, so that other writers get their turn.
# Waiting writers look every 0.1 s, so a longer rest than this helps nobody.
LONGEST_REST_S: Final = 0.15


class Backfilled(NamedTuple):
    """The number of organizations to recompute, and of those with a failure that waits for its retry."""

    organizations: int
    failed: int


async def recompute_all(
    database: Database, progress: Callable[[int, int], None], metrics: Sequence[Definition] = CATALOGUE
) -> Backfilled:
    """Every metric and conflict is recomputed from facts no older than this call, unless it failed.

    An interrupted backfill continues where it stopped. Running workers share the work, and new changes come first.
    `progress` is called with the number of organizations done and the total.
    """
    last = await _begin(database, metrics)
    total = left = await count_left(database, last)
    while left:
        async with database.read() as session:
            found = await marks.waiting(session, BACKGROUND_BATCH)
            found = found or await marks.waiting_in_background(session, BACKGROUND_BATCH)
        began = time.monotonic()
        await recompute_each(database, [one.organization_id for one in found], metrics)
        took_s = time.monotonic() - began
        left = await count_left(database, last)
        progress(total - left, total)
        await asyncio.sleep(min(took_s, LONGEST_REST_S) if database.dialect.name == "sqlite" else 0)
    await close_backfills(database)
    async with database.read() as session:
        return Backfilled(total, await count_failed(session))


async def _begin(database: Database, metrics: Sequence[Definition]) -> int:
    """The id of the last mark of an interrupted backfill, or of a new one."""
    await close_backfills(database)
    async with database.write() as session:
        await sync_definitions(session, metrics)
        return await resume_backfill(session)
