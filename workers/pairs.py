"""What is derived of two conveners at once: how many of their present partners they share.

A pair is computed from two sets that are kept, each written by its convener's own recompute. Whoever changes one holds
the lock of all pairs until its commit, and has read every other set last: so all that is stored agrees with all sets.
A convener that changes after its set was read has a mark, whose recompute follows.
"""

from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2s
from typing import Any, Final, NamedTuple

from sqlalchemy import Text, cast, delete, func, select, update

from db import marks
from db.bulk import insert_rows
from db.ids import among, among_given
from db.locks import lock_pairs
from db.models import ComparedSet, Organization, Partnership, compared_partner
from db.models.vocabulary import MetricState
from db.session import WriteSession
from workers.formula import applied
from workers.metrics.convener_overlap import ONE_IN
from workers.metrics.facts import Facts
from workers.metrics.inputs import lasts
from workers.metrics.metric import Comparison, Overlap
from workers.store import Computed, store_pairs

_SET: Final[Any] = ComparedSet.__table__
_PARTNERSHIP: Final[Any] = Partnership.__table__.c


class Changed(NamedTuple):
    """A convener whose present partners aren't those it was compared by; with None it is a convener no longer."""

    organization_id: int
    partners: frozenset[int] | None
    digest: str | None = None


def _present() -> Any:
    return (
        select(func.aggregate_strings(cast(_PARTNERSHIP.partner_id, Text), ","))
        .where(_PARTNERSHIP.convener_id == Organization.id, lasts(_PARTNERSHIP))
        .correlate(Organization)
        .scalar_subquery()
    )


_SETS: Final = (
    select(Organization.id, _SET.c.id, _SET.c.digest, _present())
    .outerjoin(_SET, _SET.c.convener_id == Organization.id)
    .where(among_given(Organization.id, "organization_ids"))
)


def _sharing() -> Any:
    """The conveners that share enough partners with one of those asked for, how many, and how many each has."""
    own, other, mine, theirs = _SET.alias(), _SET.alias(), compared_partner.alias(), compared_partner.alias()
    shared = func.count()
    found = (
        select(mine.c.convener_id, own.c.size, theirs.c.convener_id.label("peer_id"), shared.label("shared"))
        .join(own, own.c.convener_id == mine.c.convener_id)
        .join(theirs, (theirs.c.partner_id == mine.c.partner_id) & (theirs.c.convener_id != mine.c.convener_id))
        .where(among_given(mine.c.convener_id, "organization_ids"))
        .group_by(mine.c.convener_id, own.c.size, theirs.c.convener_id)
        # Already too few for the one alone: most are, and the other's size needn't be looked up.
        .having(shared * ONE_IN >= own.c.size)
        .subquery()
        .c
    )
    return (
        select(found.convener_id, found.peer_id, found.shared, found.size, other.c.size)
        .join(other, other.c.convener_id == found.peer_id)
        .where(found.shared * (ONE_IN + 1) >= found.size + other.c.size)
    )


_SHARING: Final = _sharing()


async def compare(
    session: WriteSession, gathered: Sequence[Facts], metric: Comparison, definitions: Mapping[str, int]
) -> dict[int, str]:
    """The conveners are compared with all others by their present partners; what is no convener is with none.

    Where the partners are those of before it costs one statement. Needs the organizations' locks, and that their marks
    are taken. Where another worker keeps the pairs for too long, those concerned are marked again. Returns the error
    of each convener for which the formula raised.
    """
    changed = await _changed(session, gathered, f"{definitions[metric.key]}:{metric.version}") if gathered else []
    if not changed:
        return {}
    if not await lock_pairs(session):
        await marks.add(session, select(Organization.id).where(among(Organization.id, [one[0] for one in changed])))
        return {}
    await _keep(session, changed)
    ids = [one.organization_id for one in changed]
    computed = await _computed(session, ids, metric, {one.organization.id: one.newest_change for one in gathered})
    await store_pairs(session, ids, computed, definitions)
    failed = [one for one in computed if one.result.outcome is MetricState.FAILED and one.subject_id in ids]
    errors = {one.subject_id: one.result.substitution for one in failed}
    if errors:
        await session.execute(update(_SET).where(among(_SET.c.convener_id, errors)).values(digest=None))
    return errors


async def _changed(session: WriteSession, gathered: Sequence[Facts], formula: str) -> list[Changed]:
    conveners = {facts.organization.id for facts in gathered if facts.is_convener}
    asked = {"organization_ids": [facts.organization.id for facts in gathered], "today": gathered[0].today}
    changed: list[Changed] = []
    for id, set_id, digest, listed in await session.execute(_SETS, asked):
        if id in conveners:
            # A partner in several roles is listed as often.
            partners = set(listed.split(",")) if listed else set[str]()
            now = _digest(formula, partners)
            if now != digest:
                changed.append(Changed(id, frozenset(map(int, partners)), now))
        elif set_id is not None:
            changed.append(Changed(id, None))
    return changed


def _digest(formula: str, partners: Collection[str]) -> str:
    return blake2s(f"{formula}:{','.join(sorted(partners))}".encode(), digest_size=16).hexdigest()


async def _keep(session: WriteSession, changed: Sequence[Changed]) -> None:
    """These are the partners by which the conveners are compared; whose are None is compared with nobody."""
    await session.execute(delete(_SET).where(among(_SET.c.convener_id, [one.organization_id for one in changed])))
    sets = [(one.organization_id, one.partners, one.digest) for one in changed if one.partners is not None]
    rows = [(id, digest, len(partners)) for id, partners, digest in sets]
    await insert_rows(session, _SET, ("convener_id", "digest", "size"), rows)
    members = [(id, partner) for id, partners, _ in sets for partner in sorted(partners)]
    await insert_rows(session, compared_partner, ("convener_id", "partner_id"), members)


async def _computed(
    session: WriteSession, organization_ids: Sequence[int], metric: Comparison, changes: Mapping[int, int | None]
) -> list[Computed]:
    """Each pair from either side, where one of the two is asked for; the newest change is that of either."""
    computed: dict[tuple[int, int], Computed] = {}
    for one, other, *counts in await session.execute(_SHARING, {"organization_ids": list(organization_ids)}):
        result = applied(metric, metric.compute, Overlap(*counts), (one, other))
        change = max(changes.get(one) or 0, changes.get(other) or 0) or None
        for subject, peer in ((one, other), (other, one)):
            computed[subject, peer] = Computed(subject, metric, result, change, peer)
    return list(computed.values())
