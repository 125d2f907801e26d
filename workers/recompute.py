"""The one function by which derived values come true, for jobs and for the relay alike."""

from collections.abc import Sequence

import structlog

from db import marks
from db.engine import Database
from db.locks import lock_organizations
from db.models.vocabulary import MetricState
from workers.conflicts import conflicts
from workers.definitions import definition_ids
from workers.inputs import gather
from workers.metrics import METRICS
from workers.metrics.facts import Facts
from workers.metrics.metric import Metric, Result
from workers.store import Computed, delete_values, store_conflicts, store_values

log = structlog.get_logger(__name__)


async def recompute(database: Database, organization_ids: Sequence[int], metrics: Sequence[Metric] = METRICS) -> int:
    """Everything derived of those of the organizations that had marks is true, and these marks are gone.

    Returns how many they were. One unit of work: where it fails, or the process dies, the marks are there as before.
    A change that commits meanwhile leaves a mark that stays. Organizations on which another worker is at work are
    left to it. Conveners have metrics, others have none: what they mean rests on having partners; claims that
    disagree are told of all. Raises `DefinitionsDiffer`.
    """
    async with database.write() as session:
        definitions = await definition_ids(session, metrics)
        marked = await marks.take(session, await lock_organizations(session, organization_ids))
        if not marked:
            return 0
        gathered = await gather(session, sorted(marked))
        conveners = [facts for facts in gathered if facts.is_convener]
        others = [facts.organization.id for facts in gathered if not facts.is_convener]
        await delete_values(session, others)
        computed = [Computed(facts, metric, _compute(metric, facts)) for facts in conveners for metric in metrics]
        await store_values(session, computed, definitions)
        await store_conflicts(session, {facts.organization.id: conflicts(facts.claims) for facts in gathered})
        return len(marked)


def _compute(metric: Metric, facts: Facts) -> Result:
    """What the formula gives, or FAILED where it raises: one metric's fault must not cost the others."""
    try:
        return metric.compute(facts)
    except Exception as error:
        log.exception("a formula failed", metric=metric.key, organization=str(facts.organization))
        return Result(MetricState.FAILED, f"the formula failed: {type(error).__name__}: {error}")
