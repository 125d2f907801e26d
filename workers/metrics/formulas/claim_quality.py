"""How well claims are supported: by citations, several sources, dates and agreement."""

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
    """The share of the claims that are dated and cited from two or more sources; the slices count what is missing."""
    claims = [claim for claim in facts.claims if claim.rank is not Rank.DEPRECATED]
    if not claims:
        return Result(MetricState.INSUFFICIENT_DATA, "nothing is claimed")
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
        f"{good} of {len(claims)} claims = {value.display}; {said}",
        value,
        slices=tuple(
            Slice(key, key.replace("_", " ").capitalize(), count, exact_share(count, len(claims)))
            for key, count in lacks.items()
        ),
    )


def conflict_rate(facts: Facts) -> Result:
    """The share of the claimed properties whose claims contradict each other."""
    disputed, claimed = contradicted(facts.claims)
    if not claimed:
        return Result(MetricState.INSUFFICIENT_DATA, "nothing is claimed that could be contradicted")
    value = exact_share(disputed, claimed)
    return Result(MetricState.FRESH, f"{disputed} contradicted ÷ {claimed} claimed = {value.display}", value)


def _is_dated(claim: Claim) -> bool:
    """Whether the claim has a time; a claim whose value is a date needs no other."""
    return claim.valid_during is not None or isinstance(claim.value, PartialDate)


EVIDENCE_QUALITY: Final = Metric(
    key="evidence_quality",
    title="Well-supported claims",
    description=(
        "The share of the claims about the organization, its workstreams, outputs and posts that are well supported:"
        " dated, and cited from two or more sources. The slices count UNCITED, SINGLE_SOURCE and UNDATED claims; one"
        " claim may be in two slices. Deprecated claims do not count."
    ),
    formula="claims that two sources or more support and that are dated ÷ claims",
    unit=UNIT,
    version=1,
    reads=(CITED_CLAIMS,),
    compute=evidence_quality,
)

CONFLICT_RATE: Final = Metric(
    key="conflict_rate",
    title="Contradicted statements",
    description=(
        "The share of the claimed single-valued properties whose claims contradict each other, for the organization,"
        " its workstreams, outputs and posts. Claims that can be true together, such as “100+” and “128”, do not"
        " contradict each other. Deprecated claims do not count."
    ),
    formula="properties of a subject with contradicting claims ÷ properties of a subject with claims",
    unit=UNIT,
    version=1,
    reads=(ALL_CLAIMS,),
    compute=conflict_rate,
)
