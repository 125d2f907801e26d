"""Automatic persisted queries: a client that has sent a document once may send its hash instead.

The protocol is Apollo's (https://www.apollographql.com/docs/apollo-server/performance/apq): `extensions` holds
`{"persistedQuery": {"version": 1, "sha256Hash": "…"}}`, with `query` beside it to register the document.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final, cast

from starlette.exceptions import HTTPException

from api.request import Parameters, check_type
from schema.cache import Cache
from schema.errors import ErrorCode, RequestError
from schema.service import Operation

VERSION: Final = 1
COUNT: Final = 10_000
CHARACTERS: Final = 8_000_000


class PersistedQueries:
    """The registered documents; the least recently used ones are forgotten."""

    def __init__(self) -> None:
        self.kept: Cache[str, str] = Cache(COUNT, CHARACTERS, len)

    def find(self, hash: str) -> str:
        """The document with this hash; raises `RequestError` if there is none."""
        if (query := self.kept.get(hash)) is None:
            # Clients of the protocol recognize this message, too.
            raise RequestError("PersistedQueryNotFound", ErrorCode.PERSISTED_QUERY_NOT_FOUND)
        return query

    def resolve(self, parameters: Parameters, is_valid: Callable[[Operation], bool]) -> Operation:
        """The operation, with the registered document if only its hash is given. Registers a valid new document.

        Raises `RequestError` for an unknown hash, `HTTPException` 400 without a document and a hash.
        """
        query = parameters.query
        if hash := read_hash(parameters.extensions, query):
            query = self.find(hash) if query is None else query
        if query is None:
            raise HTTPException(400, "expected query to be a GraphQL document, got none; write one at /graphiql")
        operation = Operation(query, parameters.variables, parameters.operation_name)
        if hash and parameters.query and is_valid(operation):
            self.kept.put(hash, query)
        return operation


def read_hash(extensions: dict[str, Any] | None, query: str | None) -> str | None:
    """The hash in a request's extensions, None without one.

    Raises `HTTPException` 400 for another version of the protocol and for a hash that is not the query's.
    """
    given = (extensions or {}).get("persistedQuery")
    if given is None:
        return None
    persisted = cast(dict[str, Any], check_type("extensions.persistedQuery", given, dict))
    if (version := persisted.get("version")) != VERSION:
        raise HTTPException(400, f"expected extensions.persistedQuery.version {VERSION}, got {version!r}")
    hash = check_type("extensions.persistedQuery.sha256Hash", persisted.get("sha256Hash"), str).lower()
    if query is not None and hash != sha256(query.encode()).hexdigest():
        raise HTTPException(400, "expected extensions.persistedQuery.sha256Hash to be the query's SHA-256, got another")
    return hash
