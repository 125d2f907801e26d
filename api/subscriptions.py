"""The subscriptions of this process: their limit, the events that they missed, and the events to come."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Final

import structlog
from graphql import GraphQLError

from api.feed import Feed, Subscriber
from db.connections.engine import Database
from db.connections.pool import Busy, Lost
from db.connections.transient_errors import in_one_line, is_transient
from db.derived.revisions import find_moment, find_unknown, has_organization, read_since
from db.values.reference import Reference
from schema.service import Service, Subscribed
from schema.subscription import Wanted

log = structlog.get_logger(__name__)

# The pause after a failed read of the database.
REST_S: Final = 1.0


class TooMany(Exception):
    """The process has as many subscriptions as its limit allows."""


class Subscriptions:
    """Opens subscriptions, and counts the open ones and the events sent."""

    def __init__(self, service: Service, database: Database, feed: Feed, most: int) -> None:
        self._service = service
        self._database = database
        self._feed = feed
        self._most = most
        self.open = 0
        self.sent = 0

    @asynccontextmanager
    async def follow(self, subscribed: Subscribed) -> AsyncGenerator[AsyncIterator[bytes]]:
        """The responses for missed values and for each value that is committed from now on, until the process ends.

        Raises `TooMany`, and `GraphQLError` for an unknown organization, metric or change.
        """
        if self.open >= self._most:
            raise TooMany(
                f"expected at most {self._most} subscriptions in a process, got {self.open + 1}: try again later"
            )
        self.open += 1
        wanted = subscribed.wanted
        try:
            # Subscribing before catching up misses nothing; a value that comes twice is sent once.
            async with self._feed.subscribe(wanted.organization_id, wanted.keys) as subscriber:
                await self._catch_up(subscriber, wanted)
                async with aclosing(self._responses(subscribed, subscriber)) as responses:
                    yield responses
        finally:
            self.open -= 1

    async def _catch_up(self, subscriber: Subscriber, wanted: Wanted) -> None:
        async with self._database.read() as session:
            if wanted.organization_id is not None and not await has_organization(session, wanted.organization_id):
                raise _missing("organization", Reference("Organization", wanted.organization_id))
            if unknown := await find_unknown(session, wanted.keys or ()):
                raise GraphQLError(f"expected keys of metrics, as metricDefinitions lists them, got {unknown[0]!r}")
            if wanted.after_change is None:
                return
            at = await find_moment(session, wanted.after_change)
            if at is None:
                raise _missing("afterChange", Reference("Change", wanted.after_change))
            subscriber.tell_first(await read_since(session, at, wanted.organization_id, wanted.keys))

    async def _responses(self, subscribed: Subscribed, subscriber: Subscriber) -> AsyncGenerator[bytes]:
        async for value_id in subscriber:
            response = await self._response(subscribed, value_id)
            if response is not None:
                yield response
                self.sent += 1

    async def _response(self, subscribed: Subscribed, value_id: int) -> bytes | None:
        """Waits for an unreachable database: a change that was noticed must be sent."""
        while True:
            try:
                return await self._service.event(subscribed, value_id)
            except Exception as error:
                if not (is_transient(error) or isinstance(error, Busy | Lost)):
                    raise
                log.warning("event delayed: database unreachable", error=in_one_line(error))
                await asyncio.sleep(REST_S)


def _missing(argument: str, id: Reference) -> GraphQLError:
    return GraphQLError(f"expected {argument} to be the id of an existing one, got {str(id)!r}")
