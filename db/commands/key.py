"""API keys: each is shown once, and only its digest is stored."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import event, select

from db.connections.sessions import ReadSession, WriteSession
from db.errors import Invalid, NotFound
from db.models import ApiKey
from db.sql.locks import lock_keys
from db.values.vocabulary import KeyRole


@dataclass
class Revocations:
    """Counts the revocations that this process has committed, so that caches of callers know when to expire."""

    committed: int = 0

    def count(self, _: Any) -> None:
        """Add one to the counter. Called after each commit that revoked a key."""
        self.committed += 1


LONGEST_NAME: Final = 100
REVOCATIONS: Final = Revocations()


async def create_key(session: WriteSession, name: str, role: KeyRole = KeyRole.ADMIN) -> str:
    """Create a key and return its secret, which is not stored. Raises `Invalid` for a bad name."""
    await _check_name(session, name)
    secret = f"cvn_{secrets.token_urlsafe(32)}"
    session.add(ApiKey(name=name, role=role, digest=digest_key(secret)))
    await session.flush()
    return secret


async def _check_name(session: WriteSession, name: str) -> None:
    """Raise `Invalid` for a name that the audit log could not show, or that another key has, even a revoked one."""
    if not name.strip():
        raise Invalid(f"expected name not to be blank, got {name[:LONGEST_NAME]!r}", ("name",))
    if len(name) > LONGEST_NAME:
        raise Invalid(f"expected name of 1 to {LONGEST_NAME} characters, got {len(name)}", ("name",))
    if not name.isprintable():
        raise Invalid(f"expected name of printable characters, got {name!a}", ("name",))
    await lock_keys(session)
    if (other := await session.scalar(select(ApiKey.id).where(ApiKey.name == name))) is not None:
        raise Invalid(f"expected a name that no key has, got {name!r}, which key {other} has", ("name",))


async def find_key(session: ReadSession | WriteSession, secret: str) -> ApiKey | None:
    """The key with this secret, unless it is revoked."""
    return await session.scalar(select(ApiKey).where(ApiKey.digest == digest_key(secret), ApiKey.revoked_at.is_(None)))


async def revoke_key(session: WriteSession, id: int) -> ApiKey:
    """Revoke the key; a second revocation keeps the time of the first. Raises `NotFound`."""
    if (key := await session.get(ApiKey, id)) is None:
        raise NotFound("ApiKey", id, ("id",))
    key.revoked_at = key.revoked_at or datetime.now(UTC)
    await session.flush()
    event.listen(session.sync_session, "after_commit", REVOCATIONS.count)
    return key


async def list_keys(session: ReadSession | WriteSession) -> Sequence[ApiKey]:
    """All keys, including revoked ones, oldest first."""
    return (await session.scalars(select(ApiKey).order_by(ApiKey.id))).all()


def digest_key(secret: str) -> str:
    """The SHA-256 of a key's secret."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
