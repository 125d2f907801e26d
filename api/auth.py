"""The caller of a request, from the API key that it carries."""

import time
from typing import Final, NamedTuple

from starlette.exceptions import HTTPException

from db.commands.key import REVOCATIONS, digest_key, find_key
from db.connections.engine import Database
from db.values.vocabulary import KeyRole
from schema.cache import Cache
from schema.service import Caller

# A revocation by another process takes effect within this time.
REMEMBERED_S: Final = 1.0
# Valid and unknown keys have a cache each, so that guesses cannot push valid keys out.
COUNT: Final = 1000


class Known(NamedTuple):
    """A key's caller as read from the database, valid until `until_s` of the monotonic clock or the next revocation."""

    caller: Caller | None
    until_s: float
    revocations: int


class Keys:
    """The callers of API keys. Each is read from the database at most once in `REMEMBERED_S`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._valid: Cache[str, Known] = Cache(COUNT, COUNT, _one)
        self._unknown: Cache[str, Known] = Cache(COUNT, COUNT, _one)

    async def authenticate(self, authorization: bytes | None, request_id: str) -> Caller:
        """The caller whose key is in the field as `Bearer KEY`; the anonymous caller without a field.

        Raises `HTTPException` 401 for a field of another form, and for a key that is unknown or revoked.
        """
        if authorization is None:
            return Caller(request_id=request_id)
        scheme, _, secret = authorization.decode("latin-1").strip().partition(" ")
        if scheme.lower() != "bearer" or not (secret := secret.strip()):
            raise _unauthorized("expected Authorization as `Bearer KEY`, got another form")
        digest = digest_key(secret)
        known = _current(self._valid.get(digest)) or _current(self._unknown.get(digest))
        known = known or await self._read(digest, secret)
        if known.caller is None:
            raise _unauthorized("expected a key from `convene keys create`, got an unknown or revoked one")
        return known.caller._replace(request_id=request_id)

    async def _read(self, digest: str, secret: str) -> Known:
        # Taken before the read: a revocation that commits meanwhile makes the result old.
        revocations, until_s = REVOCATIONS.committed, time.monotonic() + REMEMBERED_S
        async with self._database.read() as session:
            key = await find_key(session, secret)
        caller = Caller(actor=key.name, is_admin=key.role is KeyRole.ADMIN) if key else None
        cache = self._valid if caller else self._unknown
        return cache.put(digest, Known(caller, until_s, revocations))


def _current(known: Known | None) -> Known | None:
    if known and known.revocations == REVOCATIONS.committed and time.monotonic() < known.until_s:
        return known
    return None


def _one(_: Known) -> int:
    return 1


def _unauthorized(message: str) -> HTTPException:
    return HTTPException(401, message, {"WWW-Authenticate": 'Bearer realm="convene"'})
