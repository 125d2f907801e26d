"""Marks: which organizations are stale, and the queries that find, take and leave marks."""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, delete, func, insert, literal, literal_column, select, update

from db.connections.sessions import ReadSession, WriteSession
from db.models import Mark, Organization
from db.sql.clock import now
from db.sql.ids import among, among_given
from db.sql.prepared import Prepared
from db.sql.types import enum_type
from db.values.vocabulary import Urgency

# Whether `waiting` or `waiting_in_background` would find anything: asked many times a second, mostly in vain.
ANY_WAITING: Final = (
    "SELECT EXISTS (SELECT 1 FROM mark WHERE urgency = 'LIVE')"
    " OR EXISTS (SELECT 1 FROM mark WHERE urgency = 'BACKGROUND')"
)


def _urgency(urgency: Urgency) -> Any:
    # Written out, for SQLite enters a partial index only by a condition that it can see.
    return Mark.urgency == literal_column(f"'{urgency.name}'")


_WAITING: Final = Prepared(
    select(Mark.organization_id, func.min(Mark.id).label("oldest"), func.max(Mark.id))
    .where(_urgency(Urgency.LIVE))
    .group_by(Mark.organization_id)
    .order_by("oldest")
    .limit(bindparam("limit"))
)
_IN_BACKGROUND: Final = Prepared(
    select(Mark.organization_id, Mark.id)
    .where(_urgency(Urgency.BACKGROUND))
    .order_by(Mark.id)
    .limit(bindparam("limit"))
)
_TAKE: Final = Prepared(
    delete(Mark).where(among_given(Mark.organization_id, "organization_ids")).returning(Mark.organization_id)
)
# What is written never has to be found again in the session's memory.
_PLAIN: Final = {"synchronize_session": False}


class Waiting(NamedTuple):
    """An organization that waits to be recomputed, with the numbers of its oldest and newest mark."""

    organization_id: int
    oldest: int
    newest: int


async def waiting(session: ReadSession, limit: int) -> list[Waiting]:
    """The organizations that changes have marked, those with the oldest mark first."""
    return [Waiting(*row) for row in await _WAITING.run(session, {"limit": limit})]


async def waiting_in_background(session: ReadSession, limit: int) -> list[Waiting]:
    """The organizations of the oldest background marks, `limit` of them at most; it costs no more where many wait."""
    found: dict[int, Waiting] = {}
    for organization_id, id in await _IN_BACKGROUND.run(session, {"limit": limit}):
        first = found.get(organization_id)
        found[organization_id] = Waiting(organization_id, first.oldest if first else id, id)
    return list(found.values())


async def take(session: WriteSession, organization_ids: Sequence[int]) -> set[int]:
    """Those of the organizations that had marks, whose marks are deleted with this unit of work.

    What is read afterwards is at least as new as the deleted marks. A change that commits later keeps its mark.
    """
    return {id for (id,) in await _TAKE.run(session, {"organization_ids": list(organization_ids)})}


async def of(session: WriteSession, organization_id: int) -> Sequence[int]:
    """The numbers of an organization's marks."""
    return (await session.scalars(select(Mark.id).where(Mark.organization_id == organization_id))).all()


async def add(session: WriteSession, organizations: Select[tuple[int]], urgency: Urgency = Urgency.BACKGROUND) -> None:
    """The organizations that the select gives are marked, for a reason that no trigger sees."""
    marked = organizations.add_columns(now(), literal(urgency, enum_type(Urgency)))
    await session.execute(insert(Mark).from_select(["organization_id", "at", "urgency"], marked))


async def add_for(
    session: WriteSession, organization_ids: Collection[int], urgency: Urgency = Urgency.BACKGROUND
) -> None:
    """As `add`, for those of the organizations that exist."""
    await add(session, select(Organization.id).where(among(Organization.id, organization_ids)), urgency)


async def add_for_conveners(session: WriteSession) -> None:
    """As `add`, for every convener."""
    await add(session, select(Organization.id).where(Organization.is_convener))


async def park(session: WriteSession, ids: Sequence[int]) -> None:
    """These marks keep what they mark stale, and wait no longer to be looked at."""
    await session.execute(
        update(Mark).where(among(Mark.id, ids)).values(urgency=Urgency.PARKED), execution_options=_PLAIN
    )


def in_background(*conditions: Any) -> Select[tuple[int]]:
    """The numbers of background marks for which the conditions hold."""
    return select(Mark.id).where(_urgency(Urgency.BACKGROUND), *conditions)
