"""A request: the operation that a client sends, and the caller who sends it."""

from typing import Any, NamedTuple


class Operation(NamedTuple):
    """A document as text, the values of its variables as JSON gave them, and the operation of it that runs."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


class Caller(NamedTuple):
    """Who sends an operation. Callers that differ in `sees` share neither plans nor entity tags."""

    actor: str = "anonymous"
    is_admin: bool = False
    request_id: str | None = None
    sees: str = "everything"
