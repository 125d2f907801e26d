"""Keys that open the mutations: each is shown once, and only its digest is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from db.connections.sessions import ReadSession, WriteSession
from db.errors import NotFound
from db.models import ApiKey
from db.values.text import storable
from db.values.vocabulary import KeyRole


async def create_key(session: WriteSession, name: str, role: KeyRole = KeyRole.ADMIN) -> str:
    """There is a new key, whose secret is returned and kept nowhere. Raises `Invalid` where the name is blank."""
    secret = f"cvn_{secrets.token_urlsafe(32)}"
    session.add(ApiKey(name=storable(name, "name"), role=role, digest=_digest(secret)))
    await session.flush()
    return secret


async def find_key(session: ReadSession | WriteSession, secret: str) -> ApiKey | None:
    """The key with this secret, unless it is revoked."""
    return await session.scalar(select(ApiKey).where(ApiKey.digest == _digest(secret), ApiKey.revoked_at.is_(None)))


async def revoke_key(session: WriteSession, id: int) -> ApiKey:
    """The key opens nothing any more; it was revoked when it first was. Raises `NotFound`."""
    if (key := await session.get(ApiKey, id)) is None:
        raise NotFound("ApiKey", id, ("id",))
    key.revoked_at = key.revoked_at or datetime.now(UTC)
    await session.flush()
    return key


async def list_keys(session: ReadSession | WriteSession) -> Sequence[ApiKey]:
    """Every key, the revoked ones too, oldest first."""
    return (await session.scalars(select(ApiKey).order_by(ApiKey.id))).all()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
