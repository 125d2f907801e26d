"""Locks that live as long as a unit of work, so that each organization is recomputed by one worker at a time."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text

from db.session import WriteSession

# Advisory locks share one space of numbers with everything else in the database: ours begin here.
_FIRST: Final = 0x6D657472 << 32

# Deadlocks are looked for after a second: a recompute gives way before a user's write could be chosen as the victim.
_PATIENCE: Final = text("SET LOCAL lock_timeout = '500ms'")

_LOCK: Final = text(
    f"SELECT id FROM unnest(CAST(:ids AS bigint[])) AS organization(id) WHERE pg_try_advisory_xact_lock({_FIRST} + id)"
)


async def lock_organizations(session: WriteSession, organization_ids: Sequence[int]) -> list[int]:
    """Those of the organizations, ascending, that nobody else has locked are locked until the unit of work ends.

    It doesn't wait: a stopped worker that still holds one must not hold up the others. On SQLite the unit of work
    has every lock already, for writers take turns.
    """
    ids = sorted(set(organization_ids))
    if session.get_bind().dialect.name == "sqlite":
        return ids
    await session.execute(_PATIENCE)
    return sorted(await session.scalars(_LOCK, {"ids": ids}))
