"""Alternatives: the result that a metric would have under each claim that contradicts one of its inputs."""

from collections.abc import Callable, Iterable
from typing import Final

from db.values.facts import Facts, standing
from db.values.results import Alternative, Conflict, Result
from workers.metrics.claims.conflicts import contradicting

# The most alternatives of a result. Each costs as much as the metric, so thousands of them would delay other work.
MOST: Final = 20


def find_alternatives(
    compute: Callable[[Facts], Result], facts: Facts, result: Result, conflicts: Iterable[Conflict]
) -> tuple[Alternative, ...]:
    """An alternative for each claim that contradicts a claim used by `result`, ordered by id. At most the `MOST` best.

    `conflicts` are the conflicts among the facts' claims. A used claim has an alternative too, if the metric also uses
    a claim that contradicts it.
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
