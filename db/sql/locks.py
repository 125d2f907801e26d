"""Locks that last until the unit of work ends: only one worker at a time recomputes an organization."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError

from db.connections.sessions import WriteSession

# All users of the database share one number space for advisory locks. Ours begin here.
_FIRST: Final = 0x6D657472 << 32
_PAIRS: Final = text(f"SELECT pg_advisory_xact_lock({_FIRST - 1})")
_SETUP: Final = text(f"SELECT pg_advisory_xact_lock({_FIRST - 2})")
_PROPERTIES: Final = text(f"SELECT pg_advisory_xact_lock({_FIRST - 3})")
_KEYS: Final = text(f"SELECT pg_advisory_xact_lock({_FIRST - 4})")
# Postgres's error code for a lock that was not free before `lock_timeout`.
_NOT_AVAILABLE: Final = "55P03"

# Postgres looks for deadlocks after 1 s, and might end a user's write to resolve one. A recompute gives up before that.
# Its commit does not wait for the disk, which can take longer than the recompute. That is safe: a crash that loses the
# derived values also restores the marks that were deleted with them.
_LOCK: Final = f"""SELECT id FROM unnest($1::bigint[]) AS organization(id),
  (SELECT set_config('lock_timeout', '500ms', true), set_config('synchronous_commit', 'off', true)) AS patience
  WHERE pg_try_advisory_xact_lock({_FIRST} + id)"""


async def lock_setup(session: WriteSession) -> None:
    """Nobody else migrates or seeds the database until the unit of work ends; servers that start together wait."""
    await _take(session, _SETUP)


async def lock_properties(session: WriteSession) -> None:
    """Nobody else adds a property or changes a key until the unit of work ends."""
    await _take(session, _PROPERTIES)


async def lock_keys(session: WriteSession) -> None:
    """Nobody else adds an API key until the unit of work ends."""
    await _take(session, _KEYS)


async def _take(session: WriteSession, lock: TextClause) -> None:
    # SQLite needs no lock, because writers take turns.
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(lock)


async def lock_organizations(session: WriteSession, organization_ids: Sequence[int]) -> list[int]:
    """Lock the organizations that nobody else has locked, until the unit of work ends; return their ids, ascending.

    It never waits, so a stopped worker that still holds a lock cannot hold up the others. The unit of work's commit
    does not wait for the disk. SQLite needs no locks, because writers take turns.
    """
    ids = sorted(set(organization_ids))
    if session.get_bind().dialect.name == "sqlite":
        return ids
    driver = await session.driver()
    (locked,) = await driver.fetch((_LOCK, [ids]))
    return sorted(id for (id,) in locked)


async def lock_pairs(session: WriteSession) -> bool:
    """Only this unit of work may write values that compare two organizations, until it ends.

    Returns False if another one, such as a stopped worker, keeps the lock for longer than half a second. Call
    `lock_organizations` first: it sets the timeout, and one order of locks for all prevents deadlocks.
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
