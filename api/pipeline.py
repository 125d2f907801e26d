"""The steps of every operation, over HTTP, server-sent events or WebSocket.

A transport authenticates first, reads the request's parameters, and then either resolves and answers the operation or
starts it, which also admits subscriptions. The service checks limits while it reads the document.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter

from api.auth import Keys
from api.persisted import PersistedQueries
from api.request import Parameters
from api.subscriptions import Subscriptions
from db.connections.engine import Database
from schema.service import SUBSCRIPTION, Answer, Caller, Operation, Outcome, Service, Subscribed

# Called with the kind of an operation, its outcome, and its duration in seconds.
Observe = Callable[[str, str, float], None]


class Pipeline:
    """What the three transports share."""

    def __init__(
        self,
        service: Service,
        database: Database,
        persisted: PersistedQueries,
        subscriptions: Subscriptions,
        observe: Observe,
    ) -> None:
        self._service = service
        self._database = database
        self._persisted = persisted
        self._subscriptions = subscriptions
        self._observe = observe
        self._keys = Keys(database)

    def authenticate(self, authorization: bytes | None, request_id: str) -> Awaitable[Caller]:
        """The caller whose key is in the `Authorization` field; raises `HTTPException` 401 for a bad key."""
        return self._keys.authenticate(authorization, request_id)

    def resolve(self, parameters: Parameters) -> Operation:
        """The operation with its document; raises `RequestError` for an unknown hash."""
        return self._persisted.resolve(parameters, self._service.is_valid)

    def answer(self, operation: Operation, caller: Caller, *, read_only: bool = False) -> Awaitable[Answer]:
        """The one answer of an operation, which refuses a subscription."""
        return self._service.answer(operation, caller, read_only=read_only)

    async def start(self, parameters: Parameters, caller: Caller, *, read_only: bool = False) -> Subscribed | Answer:
        """The subscription to follow, or the one answer of another operation."""
        operation = self.resolve(parameters)
        started = self._service.subscription(operation, caller)
        return started or await self._service.answer(operation, caller, read_only=read_only)

    @asynccontextmanager
    async def follow(self, subscribed: Subscribed, began: float) -> AsyncGenerator[AsyncIterator[bytes]]:
        """The responses of a subscription; raises what `Subscriptions.follow` raises."""
        async with self._subscriptions.follow(subscribed) as responses:
            self.observe(SUBSCRIPTION, Outcome.DATA, began)
            yield responses

    def state(self) -> Awaitable[str]:
        """A text that changes with every commit to the database."""
        return self._database.state()

    def observe(self, kind: str, outcome: str, began: float) -> None:
        """Counts an operation that began at this time of `perf_counter`."""
        self._observe(kind, outcome, perf_counter() - began)
