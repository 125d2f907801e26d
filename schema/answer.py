"""Answers: the complete bodies of responses, with their kind and outcome, which HTTP and WebSocket need."""

from enum import StrEnum
from typing import Final, NamedTuple

from schema.errors import errors_body, refusal_errors

UNKNOWN: Final = "unknown"


class Outcome(StrEnum):
    """How an operation ended. A refused one did not run, and its answer has no `data`."""

    DATA = "data"
    ERRORS = "errors"
    REFUSED = "refused"
    # The database did not answer, and nothing is committed. The same operation may succeed later.
    UNAVAILABLE = "unavailable"
    # A mutation where only queries are allowed.
    WRITE = "write"


class Answer(NamedTuple):
    """A complete response body. `kind` is the operation's, or `unknown` if the document could not be read."""

    body: bytes
    outcome: Outcome = Outcome.DATA
    kind: str = UNKNOWN

    @property
    def is_request_error(self) -> bool:
        return self.outcome in (Outcome.REFUSED, Outcome.WRITE)


def refuse(error: Exception, kind: str = UNKNOWN, outcome: Outcome = Outcome.REFUSED) -> Answer:
    """The answer to an operation that cannot run; raises an error that is not one of `REFUSALS` again."""
    return Answer(errors_body(refusal_errors(error)), outcome, kind)
