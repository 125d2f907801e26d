"""Metric definitions as rows, so that the API can show them without importing formulas."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from db.connections.sessions import WriteSession
from db.models import MetricDefinition
from db.sql.prepared import Prepared
from db.sql.upsert import upsert
from db.staleness import marks
from db.values.results import Definition

_VERSIONS: Final = Prepared(select(MetricDefinition.key, MetricDefinition.id, MetricDefinition.version))


class DefinitionsDiffer(RuntimeError):
    """The database defines other metrics than this program: another version uses, or has used, the database."""


async def sync_definitions(session: WriteSession, metrics: Sequence[Definition]) -> None:
    """The database defines these metrics. If one is new or has a higher version, every convener is marked.

    Definitions of a newer program stay as they are. To drop a metric, delete it in a migration.
    """
    stored = await _versions(session)
    ours = [metric for metric in metrics if stored.get(metric.key, (0, 0))[1] <= metric.version]
    if ours:
        await session.execute(upsert(session, MetricDefinition.__table__, "key"), [_row(metric) for metric in ours])
    if any(stored.get(metric.key, (0, 0))[1] < metric.version for metric in ours):
        await marks.add_for_conveners(session)


async def definition_ids(session: WriteSession, metrics: Sequence[Definition]) -> dict[str, int]:
    """The id of each metric's definition. Raises `DefinitionsDiffer` unless the database has exactly these metrics.

    So a worker of another version leaves the marks to workers that can compute all metrics.
    """
    stored = await _versions(session)
    wanted = {metric.key: metric.version for metric in metrics}
    got = {key: version for key, (_, version) in stored.items()}
    if got != wanted:
        raise DefinitionsDiffer(
            f"expected the database to define the metrics {wanted}, got {got}: run only one version of the program"
        )
    return {key: id for key, (id, _) in stored.items()}


async def _versions(session: WriteSession) -> dict[str, tuple[int, int]]:
    return {key: (id, version) for key, id, version in await _VERSIONS.run(session, {})}


def _row(metric: Definition) -> dict[str, object]:
    return {
        "key": metric.key,
        "title": metric.title,
        "description": metric.description,
        "formula": metric.formula,
        "unit": metric.unit,
        "version": metric.version,
        "depends_on": list(metric.depends_on),
        "time_dependent": metric.time_dependent,
    }
