"""Comparisons between conveners: stored sets of partners, and the pairs of conveners that share some."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Date, Text, bindparam, cast, delete, func, select, update

from db.connections.sessions import WriteSession
from db.models import ComparedSet, Organization, Partnership, compared_partner
from db.sql.bulk import insert_rows
from db.sql.ids import among, among_given
from db.sql.periods import has_not_ended
from db.sql.prepared import Prepared

_SET: Final[Any] = ComparedSet.__table__
_PARTNERSHIP: Final[Any] = Partnership.__table__.c
_TODAY: Final = bindparam("today", type_=Date())


class Changed(NamedTuple):
    """A convener whose partners changed since its last comparison. `partners` is None if it is no convener any more."""

    organization_id: int
    partners: frozenset[int] | None
    digest: str | None = None


def _present() -> Any:
    return (
        select(func.aggregate_strings(cast(_PARTNERSHIP.partner_id, Text), ","))
        .where(_PARTNERSHIP.convener_id == Organization.id, has_not_ended(_PARTNERSHIP, _TODAY))
        .correlate(Organization)
        .scalar_subquery()
    )


_SETS: Final = Prepared(
    select(Organization.id, _SET.c.id, _SET.c.digest, _present())
    .outerjoin(_SET, _SET.c.convener_id == Organization.id)
    .where(among_given(Organization.id, "organization_ids"))
)


_MINE, _THEIRS = compared_partner.alias(), compared_partner.alias()
# For each convener, its peers, once for each shared partner. Python counts them: SQLite would have to sort them first.
_PEERS: Final = Prepared(
    select(_MINE.c.convener_id, func.aggregate_strings(cast(_THEIRS.c.convener_id, Text), ","))
    .join(_THEIRS, (_THEIRS.c.partner_id == _MINE.c.partner_id) & (_THEIRS.c.convener_id != _MINE.c.convener_id))
    .where(among_given(_MINE.c.convener_id, "organization_ids"))
    .group_by(_MINE.c.convener_id)
)
_SIZES: Final = Prepared(
    select(_SET.c.convener_id, _SET.c.size).where(among_given(_SET.c.convener_id, "organization_ids"))
)


async def keep_sets(session: WriteSession, changed: Sequence[Changed]) -> None:
    """Store the sets of partners that are compared. An organization whose partners are None has no set."""
    await session.execute(delete(_SET).where(among(_SET.c.convener_id, [one.organization_id for one in changed])))
    sets = [(one.organization_id, one.partners, one.digest) for one in changed if one.partners is not None]
    rows = [(id, digest, len(partners)) for id, partners, digest in sets]
    await insert_rows(session, _SET, ("convener_id", "digest", "size"), rows)
    members = [(id, partner) for id, partners, _ in sets for partner in sorted(partners)]
    await insert_rows(session, compared_partner, ("convener_id", "partner_id"), members)


async def read_sets(session: WriteSession, organization_ids: Sequence[int], today: date) -> list[Any]:
    """For each organization: its id, its set's id and digest, and its current partners as comma-separated ids."""
    return await _SETS.run(session, {"organization_ids": list(organization_ids), "today": today})


async def read_peers(session: WriteSession, organization_ids: Collection[int]) -> list[Any]:
    """For each convener: its peers as comma-separated ids, each repeated for every shared partner."""
    return await _PEERS.run(session, {"organization_ids": list(organization_ids)})


async def read_sizes(session: WriteSession, organization_ids: Collection[int]) -> dict[int, int]:
    """The size of each convener's stored set of partners."""
    return dict(await _SIZES.run(session, {"organization_ids": list(organization_ids)}))


async def forget_digests(session: WriteSession, organization_ids: Collection[int]) -> None:
    """The next recompute compares the conveners again, even if their partners stay the same."""
    await session.execute(update(_SET).where(among(_SET.c.convener_id, organization_ids)).values(digest=None))
