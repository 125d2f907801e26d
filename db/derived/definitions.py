"""The metrics' definitions as rows, so that readers of the database need no formula."""

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
    """The database's metrics aren't this program's: another version of the program is, or was, at work on it."""


async def sync_definitions(session: WriteSession, metrics: Sequence[Definition]) -> None:
    """The database defines these metrics; where one is new or of a higher version, every convener is marked for later.

    What a newer program has defined is left as it is. A metric that is given up is deleted by a migration.
    """
    stored = await _versions(session)
    ours = [metric for metric in metrics if stored.get(metric.key, (0, 0))[1] <= metric.version]
    if ours:
        await session.execute(upsert(session, MetricDefinition, "key"), [_row(metric) for metric in ours])
    if any(stored.get(metric.key, (0, 0))[1] < metric.version for metric in ours):
        await marks.add_for_conveners(session)


async def definition_ids(session: WriteSession, metrics: Sequence[Definition]) -> dict[str, int]:
    """The number of each metric's definition; raises `DefinitionsDiffer` unless the database has these and no others.

    So a worker of another version leaves the marks to those that can compute everything.
    """
    stored = await _versions(session)
    wanted = {metric.key: metric.version for metric in metrics}
    got = {key: version for key, (_, version) in stored.items()}
    if got != wanted:
        raise DefinitionsDiffer(
            f"the database must define the metrics {wanted}, got {got}: run one version of the program only"
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
