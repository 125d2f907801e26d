"""`/metrics`: what Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/) asks every few seconds.

Nothing is locked or labelled while requests are answered: plain numbers are counted, and read when they are asked for.
How far the workers are behind is asked of the database each time, by one statement.
"""

import asyncio
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.health import TIMEOUT_S
from api.persisted import PersistedQueries
from api.subscriptions import Subscriptions
from db.connections.engine import Database
from db.connections.histogram import BOUNDS_S, Histogram
from db.derived.queue_health import SEEN_S, figures
from schema.cache import Cache
from schema.service import Service

log = structlog.get_logger(__name__)

_BOUNDS: Final = [*(f"{bound:g}" for bound in BOUNDS_S), "+Inf"]

# What each of `db.derived.queue_health.FIGURES` is called here, after `convene_queue_`, and what it tells.
_QUEUE: Final = {
    "oldest_stale_seconds": ("oldest_mark_age_seconds", "For how long the oldest mark has waited, 0 where none does."),
    "stale_organizations": ("marked_organizations", "Organizations whose derived values are STALE."),
    "queued": ("queued_jobs", "Jobs that have failed and are to be tried again."),
    "running": ("running_organizations", "Organizations that are being recomputed, as the workers told last."),
    "dead": ("dead_jobs", "Jobs that have failed for the last time."),
    "workers": ("workers", f"Workers that have told of themselves in the last {SEEN_S:.0f} seconds."),
}


class Requests:
    """How many requests to `/graphql` there were of each kind and outcome, and how long they took."""

    def __init__(self) -> None:
        self.taken: dict[tuple[str, str], Histogram] = {}

    def observe(self, kind: str, outcome: str, duration_s: float) -> None:
        """A request of this kind has had this outcome; all that is counted is a handful of either."""
        key = kind, outcome
        if (histogram := self.taken.get(key)) is None:
            histogram = self.taken[key] = Histogram()
        histogram.observe(duration_s)


class Counted(Collector):
    """What the parts of the service have counted of themselves."""

    def __init__(
        self,
        service: Service,
        database: Database,
        persisted: PersistedQueries,
        requests: Requests,
        subscriptions: Subscriptions,
    ) -> None:
        self._caches: dict[str, Cache[Any, Any]] = {
            "plans": service.plans.kept,
            "documents": service.documents.kept,
            "persisted_queries": persisted.kept,
        }
        self._database = database
        self._requests = requests
        self._subscriptions = subscriptions

    def collect(self) -> Iterator[Metric]:
        yield self._requests_taken()
        statements = HistogramMetricFamily("convene_statement_seconds", "Reads, waiting for a connection included.")
        _add(statements, [], self._database.statement_s)
        yield statements
        yield GaugeMetricFamily("convene_subscriptions_open", "What is subscribed to now.", self._subscriptions.open)
        yield CounterMetricFamily("convene_events_sent", "What was sent to subscribers.", self._subscriptions.sent)
        yield from self._kept()

    def _requests_taken(self) -> Metric:
        family = HistogramMetricFamily(
            "convene_request_seconds", "Requests to /graphql, up to the answer.", labels=["kind", "outcome"]
        )
        for (kind, outcome), histogram in list(self._requests.taken.items()):
            _add(family, [kind, outcome], histogram)
        return family

    def _kept(self) -> Iterator[Metric]:
        lookups = CounterMetricFamily("convene_cache_lookups", "What was looked for.", labels=["cache", "result"])
        entries = GaugeMetricFamily("convene_cache_entries", "What is kept.", labels=["cache"])
        characters = GaugeMetricFamily("convene_cache_characters", "The length of what is kept.", labels=["cache"])
        for name, cache in self._caches.items():
            lookups.add_metric([name, "hit"], cache.hits)
            lookups.add_metric([name, "miss"], cache.misses)
            entries.add_metric([name], len(cache))
            characters.add_metric([name], cache.size)
        return iter((lookups, entries, characters))


class Queue(Collector):
    """How far the workers are behind, by figures that were read for this answer; None where they could not be."""

    def __init__(self, figures: Mapping[str, Any] | None) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        known = int(self._figures is not None)
        yield GaugeMetricFamily("convene_queue_up", "Whether the database told the other figures of the queue.", known)
        if self._figures is not None:
            for figure, (name, documentation) in _QUEUE.items():
                # No mark has waited for no time.
                yield GaugeMetricFamily(f"convene_queue_{name}", documentation, self._figures[figure] or 0)


async def queue(database: Database) -> Queue:
    """The queue's figures as they are now, or none of them where the database gives no answer within `TIMEOUT_S`."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return Queue(await figures(database))
    except Exception as error:
        # Drivers raise errors of many families for a database that is away.
        log.warning("the queue's figures could not be read", error=f"{type(error).__name__}: {error}")
        return Queue(None)


def _add(family: HistogramMetricFamily, labels: list[str], histogram: Histogram) -> None:
    buckets = list(zip(_BOUNDS, accumulate(histogram.counts), strict=True))
    family.add_metric(labels, buckets, histogram.sum_s)


def routes(
    service: Service,
    database: Database,
    persisted: PersistedQueries,
    requests: Requests,
    subscriptions: Subscriptions,
) -> list[Route]:
    """`/metrics` in Prometheus's text format: this application's, its process's, and the queue's."""
    registry = CollectorRegistry()
    registry.register(Counted(service, database, persisted, requests, subscriptions))
    ProcessCollector(registry=registry)

    async def metrics(_: Request) -> Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
        told = CollectorRegistry()
        told.register(await queue(database))
        return Response(generate_latest(registry) + generate_latest(told), headers=headers)

    return [Route("/metrics", metrics)]
