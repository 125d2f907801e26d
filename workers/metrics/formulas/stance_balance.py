"""The balance of critics and defenders of an organization."""

from collections import Counter
from typing import Final

from db.values.facts import Facts
from db.values.quantity import BoundsBasis, Comparator, Quantity
from db.values.reads import POSITIONS
from db.values.reference import Reference
from db.values.results import Input, Result, Slice
from db.values.vocabulary import MetricState, Stance
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import Interval, number
from workers.metrics.numbers.share import STEP, exact_share


def compute(facts: Facts) -> Result:
    """A number from -1 (all critics) to 1 (all defenders)."""
    if not facts.positions:
        return Result(MetricState.INSUFFICIENT_DATA, "no positions are recorded")
    counts = Counter(position.stance for position in facts.positions)
    critics, defenders = counts[Stance.CRITIC], counts[Stance.DEFENDER]
    inputs = tuple(
        Input("a position", Reference("Position", one.id), None, f"its stance is {one.stance.name}")
        for one in facts.positions
    )
    if not critics + defenders:
        return Result(MetricState.NOT_APPLICABLE, "all positions are neutral", inputs=inputs)
    balance = Interval.exactly(defenders - critics).over(Interval.exactly(defenders + critics)).rounded(STEP)
    said = number(round(balance.value or 0, 2))
    return Result(
        MetricState.FRESH,
        f"(defenders {defenders} - critics {critics}) ÷ {defenders + critics} = {said}",
        Quantity(*balance, "balance", None, Comparator.EXACT, BoundsBasis.ASSERTED, said, None),
        slices=tuple(
            Slice(stance.name, stance.name.capitalize(), counts[stance], exact_share(counts[stance], counts.total()))
            for stance in Stance
            if counts[stance]
        ),
        inputs=inputs,
    )


STANCE_BALANCE: Final = Metric(
    key="stance_balance",
    title="Balance of critics and defenders",
    description=(
        "The balance of critics and defenders among the recorded positions on the organization's issues: -1 if all are"
        " critics, 1 if all are defenders, 0 if there are equally many of both. It counts positions and not the people"
        " who hold them, because sources rarely name these people. Neutral positions appear only in the slices."
    ),
    formula="(defenders - critics) ÷ (defenders + critics)",
    unit="balance",
    version=1,
    reads=(POSITIONS,),
    compute=compute,
)
