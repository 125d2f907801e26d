"""`/metrics` for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).

Answering requests takes no lock and builds no labels: it counts plain numbers, which each scrape reads. Each scrape
also reads the state of the workers' queue, by one statement.
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
from db.connections.transient_errors import in_one_line
from db.derived.queue_health import SEEN_S, figures
from schema.cache import Cache
from schema.service import Service

log = structlog.get_logger(__name__)

_BOUNDS: Final = [*(f"{bound:g}" for bound in BOUNDS_S), "+Inf"]

# The Prometheus name, after `convene_queue_`, and the help text of each of `db.derived.queue_health.FIGURES`.
_QUEUE: Final = {
    "oldest_stale_seconds": ("oldest_mark_age_seconds", "Age of the oldest mark, 0 without marks."),
    "stale_organizations": ("marked_organizations", "Organizations with stale metrics."),
    "queued": ("queued_jobs", "Failed jobs that will be retried."),
    "running": (
        "running_organizations",
        "Organizations that workers are recomputing, by their last heartbeats.",
    ),
    "dead": ("dead_jobs", "Failed jobs that will not be retried."),
    "workers": ("workers", f"Workers with a heartbeat in the last {SEEN_S:.0f} seconds."),
}


class Requests:
    """The durations of requests, by kind and outcome."""

    def __init__(self) -> None:
        self.taken: dict[tuple[str, str], Histogram] = {}

    def observe(self, kind: str, outcome: str, duration_s: float) -> None:
        """Counts a request. There are few kinds and outcomes, so the memory is bounded."""
        key = kind, outcome
        if (histogram := self.taken.get(key)) is None:
            histogram = self.taken[key] = Histogram()
        histogram.observe(duration_s)


class Counted(Collector):
    """The counts of this process: requests, statements, subscriptions and caches."""

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
        statements = HistogramMetricFamily("convene_statement_seconds", "Duration of reads, including the wait.")
        _add(statements, [], self._database.statement_s)
        yield statements
        yield GaugeMetricFamily("convene_subscriptions_open", "Open subscriptions.", self._subscriptions.open)
        yield CounterMetricFamily("convene_events_sent", "Events sent to subscribers.", self._subscriptions.sent)
        yield from self._kept()

    def _requests_taken(self) -> Metric:
        family = HistogramMetricFamily(
            "convene_request_seconds",
            "Duration of operations until the answer.",
            labels=["kind", "outcome"],
        )
        for (kind, outcome), histogram in list(self._requests.taken.items()):
            _add(family, [kind, outcome], histogram)
        return family

    def _kept(self) -> Iterator[Metric]:
        lookups = CounterMetricFamily("convene_cache_lookups", "Lookups in a cache.", labels=["cache", "result"])
        entries = GaugeMetricFamily("convene_cache_entries", "Entries of a cache.", labels=["cache"])
        characters = GaugeMetricFamily("convene_cache_characters", "Characters in a cache.", labels=["cache"])
        for name, cache in self._caches.items():
            lookups.add_metric([name, "hit"], cache.hits)
            lookups.add_metric([name, "miss"], cache.misses)
            entries.add_metric([name], len(cache))
            characters.add_metric([name], cache.size)
        return iter((lookups, entries, characters))


class Queue(Collector):
    """The state of the workers' queue; None if the database did not answer."""

    def __init__(self, figures: Mapping[str, Any] | None) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        known = int(self._figures is not None)
        yield GaugeMetricFamily("convene_queue_up", "Whether the queue's other figures are known.", known)
        if self._figures is not None:
            for figure, (name, documentation) in _QUEUE.items():
                # The age is null without marks.
                yield GaugeMetricFamily(f"convene_queue_{name}", documentation, self._figures[figure] or 0)


async def queue(database: Database) -> Queue:
    """The current figures of the queue; none without an answer within `TIMEOUT_S`."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return Queue(await figures(database))
    except Exception as error:
        # Drivers raise unrelated types of errors for an unreachable database.
        log.warning("queue figures unavailable", error=in_one_line(error))
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
    """`/metrics` in Prometheus's text format: of the application, its process and the queue."""
    registry = CollectorRegistry()
    registry.register(Counted(service, database, persisted, requests, subscriptions))
    ProcessCollector(registry=registry)

    async def metrics(_: Request) -> Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
        told = CollectorRegistry()
        told.register(await queue(database))
        return Response(generate_latest(registry) + generate_latest(told), headers=headers)

    return [Route("/metrics", metrics)]
