"""The participants and outputs of the workstreams."""

from collections.abc import Iterable
from typing import Final

from db.values.facts import Facts, Workstream
from db.values.quantity import BoundsBasis, Comparator, Quantity
from db.values.reads import OUTPUTS, PARTICIPANTS, Claims
from db.values.reference import Reference
from db.values.results import Input, Result, Slice, Warning
from db.values.vocabulary import MetricState, Sector
from workers.metrics.claims.evidence import Used, conflicting, weigh
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import CENT, Interval, number, words
from workers.metrics.numbers.share import exact_share

_NAME: Final = "the number of workstreams"
_LABELS: Final = {sector: sector.name.replace("_", " ").lower() for sector in Sector}


def workstream_participation(facts: Facts) -> Result:
    """The mean number of participants per workstream; the slices count them by workstream and sector."""
    result = _mean(
        facts, [sum(one.participants.values()) for one in facts.workstreams], "current participants", "organization"
    )
    if result.value is None:
        return result
    slices = (slice for workstream in facts.workstreams for slice in _sectors(workstream))
    return Result(result.state, result.substitution, result.value, tuple(slices), result.warnings, result.inputs)


def outputs_per_workstream(facts: Facts) -> Result:
    """The mean number of outputs per workstream; the slices count the outputs of each workstream."""
    counts = [workstream.outputs for workstream in facts.workstreams]
    result = _mean(facts, counts, "outputs", "output")
    if result.value is None:
        return result
    slices = (
        Slice(_key(workstream), workstream.name, workstream.outputs, exact_share(workstream.outputs, sum(counts)))
        for workstream in facts.workstreams
    )
    return Result(result.state, result.substitution, result.value, tuple(slices), result.warnings, result.inputs)


def _mean(facts: Facts, counts: list[int], what: str, unit: str) -> Result:
    """The mean number of something, such as outputs, in a workstream; no result if all the counts are 0."""
    reported, inputs = weigh(facts, "WORKSTREAM_COUNT", _NAME)
    if not counts:
        return _no_workstream(reported, inputs)
    if not sum(counts):
        nothing = f"no {what} are recorded for any of the {len(counts)} workstreams"
        return Result(MetricState.INSUFFICIENT_DATA, nothing, inputs=inputs)
    mean = Interval.exactly(sum(counts)).over(Interval.exactly(len(counts))).rounded(CENT)
    display = words(mean, f"{unit}s")
    return Result(
        MetricState.FRESH,
        f"({' + '.join(map(str, counts))}) ÷ {len(counts)} workstreams = {number(mean[0] or 0)} {unit}s",
        Quantity(*mean, unit, None, Comparator.EXACT, BoundsBasis.ASSERTED, display, None),
        warnings=tuple(_warnings(facts, reported, len(counts))),
        inputs=inputs,
    )


def _no_workstream(reported: Used | None, inputs: tuple[Input, ...]) -> Result:
    if reported and Interval.of(reported.quantity).upper == 0:
        return Result(MetricState.NOT_APPLICABLE, "there are no workstreams", inputs=inputs)
    return Result(MetricState.INSUFFICIENT_DATA, "no workstreams are recorded", inputs=inputs)


def _warnings(facts: Facts, reported: Used | None, recorded: int) -> Iterable[Warning]:
    if reported is None:
        return
    said = Interval.of(reported.quantity)
    if (said.lower or said.value or 0) > recorded:
        message = (
            f"The reported number of workstreams is “{reported.quantity.display}”."
            f" The registry lists only {recorded} of them."
        )
        yield Warning("LOW_COVERAGE", message, (reported.claim.node,))
    yield from conflicting(facts, [reported])


def _sectors(workstream: Workstream) -> Iterable[Slice]:
    key, total = _key(workstream), sum(workstream.participants.values())
    for sector in Sector:
        if count := workstream.participants.get(sector):
            label = f"{workstream.name}: {_LABELS[sector]}"
            yield Slice(f"{key}/{sector.name}", label, count, exact_share(count, total))


def _key(workstream: Workstream) -> str:
    return str(Reference("Workstream", workstream.id))


WORKSTREAM_PARTICIPATION: Final = Metric(
    key="workstream_participation",
    title="Participants per workstream",
    description=(
        "The average number of current partners that take part in a workstream. There is a slice for each workstream"
        " and sector, such as `Workstream:1/INDUSTRY`, with its share of the workstream's participants. A partner that"
        " takes part in two workstreams counts in both. If no participants are recorded, there is no result."
    ),
    formula="participants of all workstreams ÷ workstreams",
    unit="organization",
    version=1,
    reads=(PARTICIPANTS, Claims("WORKSTREAM_COUNT")),
    compute=workstream_participation,
    # A participation ends on its last day without a change of any row.
    time_dependent=True,
)

OUTPUTS_PER_WORKSTREAM: Final = Metric(
    key="outputs_per_workstream",
    title="Outputs per workstream",
    description=(
        "The average number of outputs of a recorded workstream. The slices give the number of outputs of each"
        " workstream, and their share of all outputs. If no outputs are recorded, there is no result. If sources report"
        " more workstreams than are recorded, a warning says so."
    ),
    formula="outputs ÷ workstreams",
    unit="output",
    version=1,
    reads=(OUTPUTS, Claims("WORKSTREAM_COUNT")),
    compute=outputs_per_workstream,
)
