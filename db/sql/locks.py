"""Locks that live as long as a unit of work, so that each organization is recomputed by one worker at a time."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.connections.sessions import WriteSession

# Advisory locks share one space of numbers with everything else in the database: ours begin here.
_FIRST: Final = 0x6D657472 << 32
_PAIRS: Final = text(f"SELECT pg_advisory_xact_lock({_FIRST - 1})")
_SETUP: Final = text(f"SELECT pg_advisory_xact_lock({_FIRST - 2})")
# Postgres's code for a lock that wasn't to be had in time.
_NOT_AVAILABLE: Final = "55P03"

# Deadlocks are looked for after a second: a recompute gives way before a user's write could be chosen as the victim.
# Nor does it wait for the disk, which may take longer than all the rest: if the server crashes before what is derived
# has got there, the marks that were deleted with it are back.
_LOCK: Final = f"""SELECT id FROM unnest($1::bigint[]) AS organization(id),
  (SELECT set_config('lock_timeout', '500ms', true), set_config('synchronous_commit', 'off', true)) AS patience
  WHERE pg_try_advisory_xact_lock({_FIRST} + id)"""


async def lock_setup(session: WriteSession) -> None:
    """Nobody else migrates or fills an empty database until the unit of work ends: servers that start at once wait."""
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(_SETUP)


async def lock_organizations(session: WriteSession, organization_ids: Sequence[int]) -> list[int]:
    """Those of the organizations, ascending, that nobody else has locked are locked until the unit of work ends.

    It doesn't wait: a stopped worker that still holds one must not hold up the others. Nor does its commit wait for the
    disk. On SQLite the unit of work has every lock already, for writers take turns.
    """
    ids = sorted(set(organization_ids))
    if session.get_bind().dialect.name == "sqlite":
        return ids
    driver = await session.driver()
    (locked,) = await driver.fetch((_LOCK, [ids]))
    return sorted(id for (id,) in locked)


async def lock_pairs(session: WriteSession) -> bool:
    """Whatever is derived of two organizations at once is this unit of work's to write until it ends.

    Where another keeps it for longer than half a second, as a stopped worker does, it is left to it, and False. Needs
    `lock_organizations` before, in whose order all take their locks, so that none waits for one that waits for it.
    """
    if session.get_bind().dialect.name == "sqlite":
        return True
    try:
        async with session.begin_nested():
            await session.execute(_PAIRS)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_AVAILABLE:
            raise
        return False
    return True
