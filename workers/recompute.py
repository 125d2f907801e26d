"""Recomputes organizations. Jobs, the relay and backfills write derived values only through this module."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Final

import structlog

from db.connections.engine import Database
from db.connections.sessions import WriteSession
from db.connections.transient_errors import is_transient
from db.derived.conflicts import store_conflicts
from db.derived.definitions import DefinitionsDiffer, definition_ids
from db.derived.jobs import Failed, settle
from db.derived.values import Computed, delete_values, store_values
from db.facts.gather import gather
from db.sql.locks import lock_organizations
from db.staleness import marks
from db.values.facts import Facts
from db.values.results import Conflict, Definition, Result
from db.values.vocabulary import MetricState
from workers.formula import applied
from workers.metrics.catalogue import CATALOGUE
from workers.metrics.claims.alternatives import find_alternatives
from workers.metrics.claims.conflicts import conflicts
from workers.metrics.metric import Comparison, Metric, describe
from workers.pairs import compare

log = structlog.get_logger(__name__)

# Formulas block the event loop for at most this long at a time, so that the process can also answer requests.
STRETCH_S: Final = 0.01


async def recompute(
    database: Database, organization_ids: Sequence[int], metrics: Sequence[Definition] = CATALOGUE
) -> int:
    """Recompute the organizations that have marks, and delete these marks; returns the number of organizations.

    It is one unit of work: if it fails or the process dies, the marks remain. A change that commits meanwhile leaves a
    new mark, which stays. Organizations that another worker has locked are skipped. Conflicts are stored for every
    organization, metrics only for conveners, because metrics are about partners. A metric whose formula raises is
    FAILED and has a job. Raises `DefinitionsDiffer`.
    """
    async with database.write() as session:
        return await _recompute(session, organization_ids, metrics)


async def recompute_each(
    database: Database, organization_ids: Sequence[int], metrics: Sequence[Definition] = CATALOGUE
) -> int:
    """Like `recompute`, but an organization that cannot be recomputed gets a job and does not stop the others.

    Its marks are parked: it stays STALE until the job retries it or a change leaves a new mark. Transient errors and
    `DefinitionsDiffer` are raised, and change nothing.
    """
    try:
        return await recompute(database, organization_ids, metrics)
    except Exception as error:
        if _concerns_all(error):
            raise
    if len(organization_ids) == 1:
        return await _recompute_or_park(database, organization_ids[0], metrics)
    half = len(organization_ids) // 2
    halves = organization_ids[:half], organization_ids[half:]
    return sum([await recompute_each(database, part, metrics) for part in halves])


async def _recompute_or_park(database: Database, organization_id: int, metrics: Sequence[Definition]) -> int:
    async with database.write() as session:
        if not await lock_organizations(session, [organization_id]):
            return 0
        # Later marks are not parked, because no attempt has seen them yet.
        seen = await marks.of(session, organization_id)
        try:
            async with session.begin_nested():
                return await _recompute(session, [organization_id], metrics)
        except Exception as error:
            if _concerns_all(error):
                raise
            log.exception("recompute failed: marks parked", organization=organization_id)
            await settle(session, [organization_id], {(organization_id, None): describe(error)})
            await marks.park(session, seen)
            return 0


def _concerns_all(error: Exception) -> bool:
    return isinstance(error, DefinitionsDiffer) or is_transient(error)


async def _recompute(session: WriteSession, organization_ids: Sequence[int], metrics: Sequence[Definition]) -> int:
    definitions = await definition_ids(session, metrics)
    marked = await marks.take(session, await lock_organizations(session, organization_ids))
    if not marked:
        return 0
    formulas = [metric for metric in metrics if isinstance(metric, Metric)]
    gathered = await gather(session, sorted(marked), [read for metric in formulas for read in metric.reads])
    found = {facts.organization.id: conflicts(facts.claims) for facts in gathered}
    conveners = [facts for facts in gathered if facts.is_convener]
    await delete_values(session, [facts.organization.id for facts in gathered if not facts.is_convener])
    computed = await _compute_all(conveners, formulas, found)
    await store_values(session, computed, definitions)
    await store_conflicts(session, found)
    failed = [one for one in computed if one.result.state is MetricState.FAILED]
    errors: dict[Failed, str] = {
        (one.subject_id, definitions[one.metric.key]): one.result.substitution for one in failed
    }
    # Last, because it locks all pairs until the commit.
    for comparison in (metric for metric in metrics if isinstance(metric, Comparison)):
        failures = await compare(session, gathered, comparison, definitions)
        errors |= {(id, definitions[comparison.key]): error for id, error in failures.items()}
    await settle(session, marked, errors)
    return len(marked)


async def _compute_all(
    conveners: Iterable[Facts], metrics: Sequence[Metric], found: Mapping[int, Sequence[Conflict]]
) -> list[Computed]:
    computed: list[Computed] = []
    began = time.monotonic()
    for facts, metric in product(conveners, metrics):
        if time.monotonic() - began > STRETCH_S:
            await asyncio.sleep(0)
            began = time.monotonic()
        id = facts.organization.id
        computed.append(Computed(id, metric, _compute(metric, facts, found[id]), facts.newest_change))
    return computed


def _compute(metric: Metric, facts: Facts, found: Sequence[Conflict]) -> Result:
    """The formula's result, with its alternatives for each claim that contradicts one it uses."""

    def compute(facts: Facts) -> Result:
        return applied(metric, metric.compute_from, facts, facts.organization)

    result = compute(facts)
    alternatives = find_alternatives(compute, facts, result, found)
    return result._replace(alternatives=alternatives) if alternatives else result
