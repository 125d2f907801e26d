"""The history of derived values: new revisions, and the values that changed since a given moment."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select

from db.connections.sessions import ReadSession
from db.models import Change, MetricDefinition, MetricRevision, MetricValue, Organization
from db.sql.clock import now

# A revision may be committed before one with an earlier time or a lower id, but at most by this much. It is longer than
# any transaction that stores values, and than the difference between the clocks of two machines.
WINDOW_S: Final = 60.0

_REVISION: Final[Any] = MetricRevision.__table__.c
_VALUE: Final[Any] = MetricValue.__table__.c
_DEFINITION: Final[Any] = MetricDefinition.__table__.c
_ORGANIZATION: Final[Any] = Organization.__table__.c
_CHANGE: Final[Any] = Change.__table__.c


class Revision(NamedTuple):
    """A change of a value, with the organization and the metric's key."""

    id: int
    value_id: int
    subject_id: int
    key: str


async def read_after(session: ReadSession, id: int) -> Sequence[Revision]:
    """The revisions with higher ids, in the order of their ids."""
    rows = await session.execute(
        _of_values(_REVISION.id, _VALUE.id.label("value_id"), _VALUE.subject_id, _DEFINITION.key)
        .where(_REVISION.id > id)
        .order_by(_REVISION.id)
    )
    return [Revision(*row) for row in rows]


async def find_settled(session: ReadSession) -> int:
    """An id below which no new revision will appear; 0 if there is none yet."""
    moment: datetime = (await session.execute(select(now()))).scalar_one()
    settled = select(_REVISION.id).where(_REVISION.computed_at < moment - timedelta(seconds=WINDOW_S))
    return await session.scalar(settled.order_by(_REVISION.computed_at.desc()).limit(1)) or 0


async def read_since(
    session: ReadSession, at: datetime, organization_id: int | None, keys: Collection[str] | None
) -> Sequence[int]:
    """The ids of values that changed since that moment or shortly before, in the order of their latest change."""
    found = _of_values(_VALUE.id).where(_REVISION.computed_at >= at - timedelta(seconds=WINDOW_S))
    if organization_id is not None:
        found = found.where(_VALUE.subject_id == organization_id)
    if keys is not None:
        found = found.where(_DEFINITION.key.in_(keys))
    return (await session.execute(found.group_by(_VALUE.id).order_by(func.max(_REVISION.id)))).scalars().all()


def _of_values(*columns: Any) -> Select[Any]:
    joined = MetricRevision.__table__.join(MetricValue.__table__).join(
        MetricDefinition.__table__, _DEFINITION.id == _VALUE.definition_id
    )
    return select(*columns).select_from(joined)


async def has_organization(session: ReadSession, id: int) -> bool:
    return await session.scalar(select(_ORGANIZATION.id).where(_ORGANIZATION.id == id)) is not None


async def find_unknown(session: ReadSession, keys: Collection[str]) -> Sequence[str]:
    """The keys that no metric has, sorted."""
    known = set((await session.execute(select(_DEFINITION.key).where(_DEFINITION.key.in_(keys)))).scalars())
    return sorted(set(keys) - known)


async def find_moment(session: ReadSession, change_id: int) -> datetime | None:
    """The time of a change; None if there is no such change."""
    return await session.scalar(select(_CHANGE.at).where(_CHANGE.id == change_id))
