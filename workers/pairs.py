"""What is derived of two conveners at once: how many of their present partners they share.

A pair is computed from two sets that are kept, each written by its convener's own recompute. Whoever changes one holds
the lock of all pairs until its commit, and has read every other set last: so all that is stored agrees with all sets.
A convener that changes after its set was read has a mark, whose recompute follows.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2s
from typing import Any, Final, NamedTuple

from sqlalchemy import Date, Text, bindparam, cast, delete, func, select, update

from db.connections.sessions import WriteSession
from db.models import ComparedSet, Organization, Partnership, compared_partner
from db.sql.bulk import insert_rows
from db.sql.ids import among, among_given
from db.sql.locks import lock_pairs
from db.sql.periods import has_not_ended
from db.sql.prepared import Prepared
from db.staleness import marks
from db.values.vocabulary import MetricState
from workers.formula import applied
from workers.metrics.convener_overlap import ONE_IN
from workers.metrics.facts import Facts
from workers.metrics.metric import Comparison, Overlap
from workers.store import Computed, store_pairs

_SET: Final[Any] = ComparedSet.__table__
_PARTNERSHIP: Final[Any] = Partnership.__table__.c
_TODAY: Final = bindparam("today", type_=Date())


class Changed(NamedTuple):
    """A convener whose present partners aren't those it was compared by; with None it is a convener no longer."""

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
# For each partner of a convener every other that has it: counted here, for SQLite would sort them all to count.
_PEERS: Final = Prepared(
    select(_MINE.c.convener_id, func.aggregate_strings(cast(_THEIRS.c.convener_id, Text), ","))
    .join(_THEIRS, (_THEIRS.c.partner_id == _MINE.c.partner_id) & (_THEIRS.c.convener_id != _MINE.c.convener_id))
    .where(among_given(_MINE.c.convener_id, "organization_ids"))
    .group_by(_MINE.c.convener_id)
)
_SIZES: Final = Prepared(
    select(_SET.c.convener_id, _SET.c.size).where(among_given(_SET.c.convener_id, "organization_ids"))
)


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
    sharing = await _sharing(session, {id: len(partners) for id, partners, _ in changed if partners})
    computed = _computed(sharing, metric, {one.organization.id: one.newest_change for one in gathered})
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
    for id, set_id, digest, listed in await _SETS.run(session, asked):
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


async def _sharing(session: WriteSession, sizes: Mapping[int, int]) -> dict[tuple[int, int], Overlap]:
    """The conveners that share enough partners with one of those whose `sizes` are given."""
    shared: dict[tuple[int, int], int] = {}
    for id, listed in await _PEERS.run(session, {"organization_ids": list(sizes)}):
        counts: Mapping[str, int] = Counter(listed.split(","))
        # The others have already too few for the one alone: most are, and a peer's size needn't be looked up.
        shared |= {(id, int(peer)): count for peer, count in counts.items() if count * ONE_IN >= sizes[id]}
        # What else runs in the process goes on.
        await asyncio.sleep(0)
    if not shared:
        return {}
    others = dict(await _SIZES.run(session, {"organization_ids": list({peer for _, peer in shared})}))
    # A peer may have been deleted in between.
    known = {pair: count for pair, count in shared.items() if pair[1] in others}
    overlaps = {(id, peer): Overlap(count, sizes[id], others[peer]) for (id, peer), count in known.items()}
    return {pair: of for pair, of in overlaps.items() if of.shared * (ONE_IN + 1) >= of.one + of.other}


def _computed(
    sharing: Mapping[tuple[int, int], Overlap], metric: Comparison, changes: Mapping[int, int | None]
) -> list[Computed]:
    """Each pair from either side; the newest change is that of either."""
    computed: dict[tuple[int, int], Computed] = {}
    for (one, other), overlap in sharing.items():
        result = applied(metric, metric.compute, overlap, (one, other))
        change = max(changes.get(one) or 0, changes.get(other) or 0) or None
        for subject, peer in ((one, other), (other, one)):
            computed[subject, peer] = Computed(subject, metric, result, change, peer)
    return list(computed.values())
