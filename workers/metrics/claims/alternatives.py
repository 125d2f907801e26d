"""How much a number depends on whom one believes: its value under each claim that contradicts one it rests on."""

from collections.abc import Callable, Iterable
from typing import Final

from db.values.facts import Facts, standing
from db.values.results import Alternative, Conflict, Result
from workers.metrics.claims.conflicts import contradicting

# Each alternative costs what the number itself does, so that all of very many would keep everything else waiting.
MOST: Final = 20


def find_alternatives(
    compute: Callable[[Facts], Result], facts: Facts, result: Result, conflicts: Iterable[Conflict]
) -> tuple[Alternative, ...]:
    """One for each claim that contradicts a claim which the `result` rests on, in the order of their ids.

    Of more than `MOST` such claims, those that would be believed first. `conflicts` are those of the facts' claims;
    where all are compatible it costs nothing. A used claim is itself among them where the metric uses its rivals as
    well.
    """
    disputed = [conflict for conflict in conflicts if not conflict.compatible]
    if not disputed:
        return ()
    used = {input.node for input in result.inputs if not input.excluded}
    rivals = {
        rival.id: rival
        for conflict in disputed
        for claim in conflict.claims
        if claim.node in used
        for rival in contradicting(claim, conflict.claims)
    }
    believed = sorted(rivals.values(), key=standing)[-MOST:]
    return tuple(
        Alternative(rival, compute(facts.preferring(rival))) for rival in sorted(believed, key=lambda one: one.id)
    )
