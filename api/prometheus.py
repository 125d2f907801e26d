"""`/metrics`: what Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/) asks every few seconds.

Nothing is locked or labelled while requests are answered: plain numbers are counted, and read when they are asked for.
"""

from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.persisted import PersistedQueries
from db.engine import Database
from db.histogram import BOUNDS_S, Histogram
from schema.cache import Cache
from schema.service import Service

_BOUNDS: Final = [*(f"{bound:g}" for bound in BOUNDS_S), "+Inf"]


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

    def __init__(self, service: Service, database: Database, persisted: PersistedQueries, requests: Requests) -> None:
        self._caches: dict[str, Cache[Any, Any]] = {
            "plans": service.plans,
            "documents": service.documents,
            "persisted_queries": persisted.kept,
        }
        self._database = database
        self._requests = requests

    def collect(self) -> Iterator[Metric]:
        yield self._requests_taken()
        statements = HistogramMetricFamily("convene_statement_seconds", "Reads, waiting for a connection included.")
        _add(statements, [], self._database.statement_s)
        yield statements
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


def _add(family: HistogramMetricFamily, labels: list[str], histogram: Histogram) -> None:
    buckets = list(zip(_BOUNDS, accumulate(histogram.counts), strict=True))
    family.add_metric(labels, buckets, histogram.sum_s)


def routes(service: Service, database: Database, persisted: PersistedQueries, requests: Requests) -> list[Route]:
    """`/metrics` in Prometheus's text format: this application's, and its process's."""
    registry = CollectorRegistry()
    registry.register(Counted(service, database, persisted, requests))
    ProcessCollector(registry=registry)

    async def metrics(_: Request) -> Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
        return Response(generate_latest(registry), headers=headers)

    return [Route("/metrics", metrics)]
