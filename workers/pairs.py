"""Metrics that compare two conveners by their shared current partners.

A pair is computed from two stored sets of partners, each written when its own convener is recomputed. The writer of a
set locks all pairs until its commit and reads the other sets after it has the lock, so stored pairs agree with all
sets. A convener that changes after its set was read has a mark and is recomputed next.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2s

from db.connections.sessions import WriteSession
from db.derived.pairs import Changed, forget_digests, keep_sets, read_peers, read_sets, read_sizes
from db.derived.values import Computed, store_pairs
from db.sql.locks import lock_pairs
from db.staleness import marks
from db.values.facts import Facts
from db.values.results import Overlap
from db.values.vocabulary import MetricState
from workers.formula import applied
from workers.metrics.formulas.convener_overlap import ONE_IN
from workers.metrics.metric import Comparison


async def compare(
    session: WriteSession, gathered: Sequence[Facts], metric: Comparison, definitions: Mapping[str, int]
) -> dict[int, str]:
    """Compare the conveners with all others by their current partners; other organizations lose their pairs.

    It costs one statement if no partners changed. The caller must hold the organizations' locks and have taken their
    marks. If another worker holds the lock of the pairs for too long, the changed organizations are marked again.
    Returns the error of each convener for which the formula raised.
    """
    changed = await _changed(session, gathered, f"{definitions[metric.key]}:{metric.version}") if gathered else []
    if not changed:
        return {}
    if not await lock_pairs(session):
        await marks.add_for(session, [one.organization_id for one in changed])
        return {}
    await keep_sets(session, changed)
    ids = [one.organization_id for one in changed]
    sharing = await _sharing(session, {id: len(partners) for id, partners, _ in changed if partners})
    computed = _computed(sharing, metric, {one.organization.id: one.newest_change for one in gathered})
    await store_pairs(session, ids, computed, definitions)
    failed = [one for one in computed if one.result.state is MetricState.FAILED and one.subject_id in ids]
    errors = {one.subject_id: one.result.substitution for one in failed}
    if errors:
        await forget_digests(session, errors)
    return errors


async def _changed(session: WriteSession, gathered: Sequence[Facts], formula: str) -> list[Changed]:
    conveners = {facts.organization.id for facts in gathered if facts.is_convener}
    ids = [facts.organization.id for facts in gathered]
    changed: list[Changed] = []
    for id, set_id, digest, listed in await read_sets(session, ids, gathered[0].today):
        if id in conveners:
            # A partner in several roles is listed once for each.
            partners = set(listed.split(",")) if listed else set[str]()
            now = _digest(formula, partners)
            if now != digest:
                changed.append(Changed(id, frozenset(map(int, partners)), now))
        elif set_id is not None:
            changed.append(Changed(id, None))
    return changed


def _digest(formula: str, partners: Collection[str]) -> str:
    return blake2s(f"{formula}:{','.join(sorted(partners))}".encode(), digest_size=16).hexdigest()


async def _sharing(session: WriteSession, sizes: Mapping[int, int]) -> dict[tuple[int, int], Overlap]:
    """The overlaps large enough to be stored, by pair; `sizes` has the number of partners of each changed convener."""
    shared: dict[tuple[int, int], int] = {}
    for id, listed in await read_peers(session, sizes):
        counts: Mapping[str, int] = Counter(listed.split(","))
        # Most peers share too few partners even for this convener's own size, so their sizes need not be read.
        shared |= {(id, int(peer)): count for peer, count in counts.items() if count * ONE_IN >= sizes[id]}
        # Let other tasks run.
        await asyncio.sleep(0)
    if not shared:
        return {}
    others = await read_sizes(session, {peer for _, peer in shared})
    # A peer may have been deleted in between.
    known = {pair: count for pair, count in shared.items() if pair[1] in others}
    overlaps = {(id, peer): Overlap(count, sizes[id], others[peer]) for (id, peer), count in known.items()}
    return {pair: of for pair, of in overlaps.items() if of.shared * (ONE_IN + 1) >= of.one + of.other}


def _computed(
    sharing: Mapping[tuple[int, int], Overlap], metric: Comparison, changes: Mapping[int, int | None]
) -> list[Computed]:
    """The values of each pair on both sides, with the newest change of the two conveners."""
    computed: dict[tuple[int, int], Computed] = {}
    for (one, other), overlap in sharing.items():
        result = applied(metric, metric.compute, overlap, (one, other))
        change = max(changes.get(one) or 0, changes.get(other) or 0) or None
        for subject, peer in ((one, other), (other, one)):
            computed[subject, peer] = Computed(subject, metric, result, change, peer)
    return list(computed.values())
