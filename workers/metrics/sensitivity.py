"""How much a number depends on whom one believes: its value under each claim that contradicts one it rests on."""

from collections.abc import Sequence
from typing import NamedTuple

from workers.metrics.conflicts import contradicting
from workers.metrics.facts import Claim, Facts
from workers.metrics.metric import Metric, Result


class Alternative(NamedTuple):
    """What a metric gives where `claim` is preferred to those that contradict it."""

    claim: Claim
    result: Result


def sensitivity(metric: Metric, facts: Facts) -> Sequence[Alternative]:
    """One for each claim that contradicts a claim which the metric uses, in the order of their ids.

    Empty where what it uses is undisputed. A used claim is itself among them where the metric uses its rivals as well.
    """
    used = {input.node for input in metric.compute(facts).inputs if not input.excluded}
    chosen = [claim for claim in facts.claims if claim.node in used]
    disputed = {rival.id: rival for claim in chosen for rival in contradicting(claim, facts.claims)}
    return [Alternative(disputed[id], metric.compute(facts.preferring(disputed[id]))) for id in sorted(disputed)]
