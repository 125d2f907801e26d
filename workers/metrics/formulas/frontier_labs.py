"""The share of the frontier labs that take part. A source states it, or we count the labs that sources name."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from db.values.facts import Claim, Facts, best, why_not
from db.values.reads import LABS, Claims
from db.values.reference import Reference
from db.values.results import Input, Result, Slice
from db.values.vocabulary import MetricState, Rank
from workers.metrics.claims.evidence import disputed, said
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import Interval
from workers.metrics.numbers.share import ALL, NONE, UNIT, exact_share, percents, share

_HALF: Final = Decimal("0.5")

_THROUGH: Final = "directly or through a parent or predecessor"

# The meaning of each value of FRONTIER_LAB_PARTICIPATION. MOST means more than half, SOME means more than none.
WORDS: Final[Mapping[str, Interval]] = {
    "ALL": Interval.exactly(1),
    "MOST": Interval(None, _HALF, ALL),
    "SOME": Interval(None, NONE, ALL),
    "NONE": Interval.exactly(0),
}


def compute(facts: Facts) -> Result:
    """The participation that a source states for all labs. If none does, the share of the named labs that take part."""
    claims = facts.claims_of("FRONTIER_LAB_PARTICIPATION")
    chosen = best(claim for claim in claims if claim.value in WORDS)
    named = {claim.value.id: claim for claim in _naming(facts, deprecated=False) if isinstance(claim.value, Reference)}
    taking_part = sum(id in facts.labs for id in named)
    inputs = (*_inputs(claims, chosen), *_labs(facts, named))
    if chosen is None and not named:
        nothing = "no FRONTIER_LAB_PARTICIPATION or FRONTIER_LAB claim can be used"
        return Result(MetricState.INSUFFICIENT_DATA, nothing, inputs=inputs)
    counted = f"{taking_part} of {len(named)} named labs listed as partners, {_THROUGH}"
    participation = WORDS[str(chosen.value)] if chosen else _counted(taking_part, len(named))
    words = f"“{said(chosen)}” of the frontier labs take part" if chosen else counted
    return Result(
        MetricState.FRESH,
        f"{words}: {percents(participation)}" + (f"; {counted}" if chosen and named else ""),
        share(participation, as_of=chosen.valid_during.edtf if chosen and chosen.valid_during else None),
        slices=_slices(taking_part, len(named)),
        warnings=tuple(disputed(facts, "the participation of frontier labs", chosen)) if chosen else (),
        inputs=inputs,
    )


def _naming(facts: Facts, *, deprecated: bool) -> list[Claim]:
    return [claim for claim in facts.claims_of("FRONTIER_LAB") if (claim.rank is Rank.DEPRECATED) is deprecated]


def _counted(taking_part: int, named: int) -> Interval:
    """The share has a lower bound only, because a lab that is not listed may still be a partner."""
    least = Decimal(taking_part) / named
    return Interval(ALL if taking_part == named else None, least, ALL)


def _slices(taking_part: int, named: int) -> tuple[Slice, ...]:
    counts = (("LISTED", taking_part), ("NOT_LISTED", named - taking_part)) if named else ()
    return tuple(Slice(key, key.replace("_", " ").capitalize(), n, exact_share(n, named)) for key, n in counts)


def _inputs(claims: Sequence[Claim], chosen: Claim | None) -> list[Input]:
    name = "the participation of frontier labs"
    return [
        Input(name, claim.node, None, f"it says “{said(claim)}”")
        if claim is chosen
        else Input(name, claim.node, None, _why_not(claim, chosen), excluded=True)
        for claim in claims
    ]


def _why_not(claim: Claim, chosen: Claim | None) -> str:
    if claim.value is None:
        return f"its value is {claim.value_status.name}"
    if claim.value not in WORDS:
        return f"expected one of {', '.join(WORDS)}, got “{said(claim)}”"
    return why_not(claim, chosen)


def _labs(facts: Facts, named: Mapping[int, Claim]) -> list[Input]:
    name = "a frontier lab"
    states = {True: f"the lab is listed as a partner, {_THROUGH}", False: "the lab is not listed as a partner"}
    left_out = _naming(facts, deprecated=True)
    return [
        *(Input(name, claim.node, None, states[id in facts.labs]) for id, claim in named.items()),
        *(Input(name, claim.node, None, why_not(claim, None), excluded=True) for claim in left_out),
    ]


FRONTIER_LAB_PARTICIPATION: Final = Metric(
    key="frontier_lab_participation",
    title="Participation of frontier labs",
    description=(
        "The share of the frontier AI labs that take part. Sources state it in words, recorded as"
        " FRONTIER_LAB_PARTICIPATION: ALL, MOST (more than half), SOME or NONE. FRONTIER_LAB claims name the labs. The"
        " slices count the labs that are listed as partners, directly or through a parent or predecessor. If no"
        " source speaks about all labs, the share is that of the named labs, with the listed ones as its lower bound."
        " Deprecated claims do not count."
    ),
    formula="FRONTIER_LAB_PARTICIPATION; if there is none, listed labs ÷ labs named by FRONTIER_LAB",
    unit=UNIT,
    version=2,
    reads=(LABS, Claims("FRONTIER_LAB_PARTICIPATION"), Claims("FRONTIER_LAB")),
    compute=compute,
    # A partnership ends on its last day without a change of any row.
    time_dependent=True,
)
