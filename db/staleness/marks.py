"""Marks: queries that find, take and add the marks of stale organizations."""

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

# Whether `waiting` or `waiting_in_background` would find anything. It runs many times a second and mostly finds none.
ANY_WAITING: Final = (
    "SELECT EXISTS (SELECT 1 FROM mark WHERE urgency = 'LIVE')"
    " OR EXISTS (SELECT 1 FROM mark WHERE urgency = 'BACKGROUND')"
)


def _urgency(urgency: Urgency) -> Any:
    # A literal, because SQLite uses a partial index only if the statement itself shows the index's condition.
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
# The session holds no ORM objects that would need these writes.
_PLAIN: Final = {"synchronize_session": False}


class Waiting(NamedTuple):
    """A stale organization, with the ids of its oldest and newest mark."""

    organization_id: int
    oldest: int
    newest: int


async def waiting(session: ReadSession, limit: int) -> list[Waiting]:
    """The organizations with LIVE marks, oldest mark first."""
    return [Waiting(*row) for row in await _WAITING.run(session, {"limit": limit})]


async def waiting_in_background(session: ReadSession, limit: int) -> list[Waiting]:
    """The organizations of the `limit` oldest background marks. The cost does not grow with the number of marks."""
    found: dict[int, Waiting] = {}
    for organization_id, id in await _IN_BACKGROUND.run(session, {"limit": limit}):
        first = found.get(organization_id)
        found[organization_id] = Waiting(organization_id, first.oldest if first else id, id)
    return list(found.values())


async def take(session: WriteSession, organization_ids: Sequence[int]) -> set[int]:
    """Delete the marks of the organizations; return the organizations that had any.

    Later reads of this unit of work are at least as new as the deleted marks. A change that commits later keeps its
    mark.
    """
    return {id for (id,) in await _TAKE.run(session, {"organization_ids": list(organization_ids)})}


async def of(session: WriteSession, organization_id: int) -> Sequence[int]:
    """The ids of an organization's marks."""
    return (await session.scalars(select(Mark.id).where(Mark.organization_id == organization_id))).all()


async def add(session: WriteSession, organizations: Select[tuple[int]], urgency: Urgency = Urgency.BACKGROUND) -> None:
    """Mark the organizations that the select returns, for a reason that no trigger sees."""
    marked = organizations.add_columns(now(), literal(urgency, enum_type(Urgency)))
    await session.execute(insert(Mark).from_select(["organization_id", "at", "urgency"], marked))


async def add_for(
    session: WriteSession, organization_ids: Collection[int], urgency: Urgency = Urgency.BACKGROUND
) -> None:
    """Mark the organizations that exist among these."""
    await add(session, select(Organization.id).where(among(Organization.id, organization_ids)), urgency)


async def add_for_conveners(session: WriteSession) -> None:
    """Mark every convener in the background."""
    await add(session, select(Organization.id).where(Organization.is_convener))


async def park(session: WriteSession, ids: Sequence[int]) -> None:
    """Park the marks: their organizations stay stale, and the workers no longer look at them."""
    await session.execute(
        update(Mark).where(among(Mark.id, ids)).values(urgency=Urgency.PARKED), execution_options=_PLAIN
    )


def in_background(*conditions: Any) -> Select[tuple[int]]:
    """Select the ids of the background marks that meet the conditions."""
    return select(Mark.id).where(_urgency(Urgency.BACKGROUND), *conditions)
