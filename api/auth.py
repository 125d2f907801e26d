"""Who asks: the API key that a request carries, or nobody in particular."""

from starlette.exceptions import HTTPException

from db.commands.key import find_key
from db.connections.engine import Database
from db.values.vocabulary import KeyRole
from schema.service import Caller


async def authenticate(authorization: bytes | None, request_id: str, database: Database) -> Caller:
    """The caller whose key the request carries as `Authorization: Bearer KEY`, or the anonymous one without a header.

    Raises `HTTPException` 401 for a header of another form, and for a key that is unknown or revoked.
    """
    if authorization is None:
        return Caller(request_id=request_id)
    scheme, _, secret = authorization.decode("latin-1").strip().partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise _unauthorized("Authorization must be `Bearer KEY`, got another form")
    async with database.read() as session:
        key = await find_key(session, secret.strip())
    if key is None:
        raise _unauthorized("the key must be one that `convene keys create` made, got an unknown or revoked one")
    return Caller(actor=key.name, is_admin=key.role is KeyRole.ADMIN, request_id=request_id)


def _unauthorized(message: str) -> HTTPException:
    return HTTPException(401, message, {"WWW-Authenticate": 'Bearer realm="convene"'})
