"""Automatic persisted queries: a document that was sent once is asked for again by its hash.

The protocol is Apollo's (https://www.apollographql.com/docs/apollo-server/performance/apq): `extensions` holds
`{"persistedQuery": {"version": 1, "sha256Hash": "…"}}`, with `query` beside it when it is to be remembered.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final, cast

from starlette.exceptions import HTTPException

from api.request import Asked, checked
from schema.cache import Cache
from schema.service import Operation

VERSION: Final = 1
COUNT: Final = 10_000
CHARACTERS: Final = 8_000_000


class NotFound(Exception):
    """No document is kept under the hash: the client sends it again, whole."""


class PersistedQueries:
    """The documents that were sent with their hash, of which the least recently asked for are forgotten."""

    def __init__(self) -> None:
        self.kept: Cache[str, str] = Cache(COUNT, CHARACTERS, len)

    def find(self, hash: str) -> str:
        """The document with this hash; raises `NotFound`."""
        if (query := self.kept.get(hash)) is None:
            raise NotFound
        return query

    def operation(self, asked: Asked, is_valid: Callable[[Operation], bool]) -> Operation:
        """What is asked for, its document found where only its hash was sent; raises `NotFound` where it can't be."""
        query = asked.query
        if hash := hash_asked(asked.extensions, query):
            query = self.find(hash) if query is None else query
        if query is None:
            raise HTTPException(400, "query must be a GraphQL document, got none; /graphiql is a page to write one in")
        operation = Operation(query, asked.variables, asked.operation_name)
        if hash and asked.query and is_valid(operation):
            self.kept.put(hash, query)
        return operation


def hash_asked(extensions: dict[str, Any] | None, query: str | None) -> str | None:
    """The hash that a request names, None where it names none.

    Raises `HTTPException` 400 where the protocol is another, or where the hash isn't that of the query beside it.
    """
    given = (extensions or {}).get("persistedQuery")
    if given is None:
        return None
    asked = cast(dict[str, Any], checked("extensions.persistedQuery", given, dict))
    if (version := asked.get("version")) != VERSION:
        raise HTTPException(400, f"extensions.persistedQuery.version must be {VERSION}, got {version!r}")
    hash = checked("extensions.persistedQuery.sha256Hash", asked.get("sha256Hash"), str).lower()
    if query is not None and hash != sha256(query.encode()).hexdigest():
        raise HTTPException(400, "extensions.persistedQuery.sha256Hash must be the query's SHA-256, got another")
    return hash
