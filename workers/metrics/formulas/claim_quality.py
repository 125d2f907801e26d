"""The quality of claims: whether they are dated and cited from several sources, and whether they agree."""

from typing import Final

from db.values.facts import Claim, Facts
from db.values.partial_date import PartialDate
from db.values.reads import ALL_CLAIMS, CITED_CLAIMS
from db.values.results import Result, Slice
from db.values.vocabulary import MetricState, Rank
from workers.metrics.claims.conflicts import contradicted
from workers.metrics.metric import Metric
from workers.metrics.numbers.share import UNIT, exact_share


def evidence_quality(facts: Facts) -> Result:
    """The share of claims that are dated and cited from two or more sources; the slices count what claims lack."""
    claims = [claim for claim in facts.claims if claim.rank is not Rank.DEPRECATED]
    if not claims:
        return Result(MetricState.INSUFFICIENT_DATA, "there are no claims other than DEPRECATED ones")
    good = sum(claim.sources > 1 and _is_dated(claim) for claim in claims)
    lacks = {
        "UNCITED": sum(not claim.sources for claim in claims),
        "SINGLE_SOURCE": sum(claim.sources == 1 for claim in claims),
        "UNDATED": sum(not _is_dated(claim) for claim in claims),
    }
    said = ", ".join(f"{count} {key.lower().replace('_', '-')}" for key, count in lacks.items())
    value = exact_share(good, len(claims))
    return Result(
        MetricState.FRESH,
        f"{good} well supported ÷ {len(claims)} claims = {value.display}; {said}",
        value,
        slices=tuple(
            Slice(key, key.replace("_", " ").capitalize(), count, exact_share(count, len(claims)))
            for key, count in lacks.items()
        ),
    )


def conflict_rate(facts: Facts) -> Result:
    """Of the single-valued properties with claims, the share whose claims contradict each other."""
    disputed, claimed = contradicted(facts.claims)
    if not claimed:
        return Result(MetricState.INSUFFICIENT_DATA, "no single-valued property has a claim")
    value = exact_share(disputed, claimed)
    counts = f"{disputed} contradicted ÷ {claimed} properties with claims"
    return Result(MetricState.FRESH, f"{counts} = {value.display}", value)


def _is_dated(claim: Claim) -> bool:
    """Whether the claim has a date. A claim whose value is a date needs no second one."""
    return claim.valid_during is not None or isinstance(claim.value, PartialDate)


EVIDENCE_QUALITY: Final = Metric(
    key="evidence_quality",
    title="Well-supported claims",
    description=(
        "The share of claims that are well supported: dated, and cited from two or more sources. It covers claims"
        " about the organization and its workstreams, outputs and posts. The slices count UNCITED, SINGLE_SOURCE and"
        " UNDATED claims. A claim may be in two slices. Deprecated claims do not count."
    ),
    formula="dated claims with two or more sources ÷ all claims",
    unit=UNIT,
    version=1,
    reads=(CITED_CLAIMS,),
    compute=evidence_quality,
)

CONFLICT_RATE: Final = Metric(
    key="conflict_rate",
    title="Properties with contradictory claims",
    description=(
        "Of the single-valued properties with claims, the share whose claims contradict each other. It covers the"
        " organization and its workstreams, outputs and posts. Claims that can be true together, such as “100+” and"
        " “128”, do not contradict each other. Deprecated claims do not count."
    ),
    formula="properties with contradictory claims ÷ properties with claims; each subject's properties count separately",
    unit=UNIT,
    version=1,
    reads=(ALL_CLAIMS,),
    compute=conflict_rate,
)
