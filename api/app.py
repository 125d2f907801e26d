"""The wiring of the service: its routes, database, queue and embedded worker."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from api import graphiql, health, prometheus
from api.embedded import EmbeddedRedis
from api.errors import describe
from api.feed import Feed
from api.graphql import GraphQL
from api.headers import RequestHeaders
from api.persisted import PersistedQueries
from api.pipeline import Pipeline
from api.request import JSON
from api.settings import Settings
from api.stream import GraphQLStream
from api.subscriptions import Subscriptions
from api.websocket import GraphQLSocket
from db.connections.engine import Database
from schema.errors import errors_body
from schema.service import Service
from workers.main import working
from workers.runner import CHANNEL, ArqQueue, listening

log = structlog.get_logger(__name__)


def create_app(settings: Settings, *, with_worker: bool = True) -> Starlette:
    """The service on a migrated database. `with_worker` runs a relay and a worker in this process.

    While the service runs, `app.state.redis` is the worker's Redis: `given`, `embedded` or `absent`. Subscriptions get
    their events from `app.state.feed`: call its `end` to end them before the server stops.
    """
    database = Database(settings.database)
    service = Service(database, limits=settings)
    persisted, requests = PersistedQueries(), prometheus.Requests()
    feed = Feed(database)
    subscriptions = Subscriptions(service, database, feed, settings.max_subscriptions)
    queue: ArqQueue | None = None
    sender = uuid4().hex

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        nonlocal queue
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.dispose)
            service.warm()
            await stack.enter_async_context(_running(feed.run()))
            url, app.state.redis = settings.redis_url, "given" if settings.redis_url else "absent"
            if url is None and with_worker and (url := await _embedded(stack, settings)):
                app.state.redis = "embedded"
            if url:
                queue = ArqQueue(url)
                stack.push_async_callback(queue.close)
                if not await queue.answers():
                    log.warning("Redis away: start it, or correct CONVENE_REDIS_URL; until then the relay recomputes")
                # The worker of this process wakes the feed itself.
                await stack.enter_async_context(listening(url, CHANNEL, feed.wake, ignored_sender=sender))
            if with_worker:
                relay = await stack.enter_async_context(working(database, url, on_recomputed=feed.wake, sender=sender))
                service.on_commit = relay.nudge
            yield

    pipeline = Pipeline(service, database, persisted, subscriptions, requests.observe)
    routes = [
        # Routes are tried in order, so the busiest is first.
        Route("/graphql", GraphQL(pipeline)),
        WebSocketRoute("/graphql", GraphQLSocket(pipeline, settings.max_socket_operations)),
        Route("/graphql/stream", GraphQLStream(pipeline)),
        Route("/", _front),
        *graphiql.routes(),
        *health.routes(database, lambda: queue),
        *prometheus.routes(service, database, persisted, requests, subscriptions),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(RequestHeaders)],
        exception_handlers={HTTPException: _refuse},
        lifespan=lifespan,
    )
    app.state.feed = feed
    return app


@asynccontextmanager
async def _running(coroutine: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    task = asyncio.create_task(coroutine)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _refuse(request: Request, refusal: Exception) -> Response:
    """The answer to an unknown address or a wrong method, in the format of every other error."""
    if isinstance(refusal, HTTPException) and refusal.status_code == 404:
        refusal = HTTPException(404, f"expected a path of this service, got {request.url.path!r}")
    failure = describe(refusal, request.state.request_id)
    headers = {name.decode(): value.decode() for name, value in failure.headers}
    return Response(errors_body([failure.error]), failure.status, headers, JSON)


async def _front(_: Request) -> RedirectResponse:
    return RedirectResponse("/graphiql")


async def _embedded(stack: AsyncExitStack, settings: Settings) -> str | None:
    """The URL of a Redis that ends with the stack, or None if none can be started."""
    redis = EmbeddedRedis(settings.data_dir)
    try:
        await stack.enter_async_context(redis)
    except (OSError, RuntimeError) as error:
        log.warning("embedded redis unavailable: the relay recomputes", error=str(error))
        return None
    return redis.url
