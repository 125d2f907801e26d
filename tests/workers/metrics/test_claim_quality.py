"""How well claims are supported and how often they contradict each other, checked by hand."""

from dataclasses import replace
from decimal import Decimal

from db.values.facts import Claim
from db.values.partial_date import PartialDate
from db.values.reference import Reference
from db.values.vocabulary import Rank
from tests.workers.facts import at_least, claim, exactly, pai
from tests.workers.metrics.results import counts, ends, is_insufficient
from workers.metrics.formulas.claim_quality import CONFLICT_RATE, EVIDENCE_QUALITY


def multivalued(claim: Claim) -> Claim:
    return replace(claim, property=replace(claim.property, multivalued=True))


def test_good_claims_are_dated_and_cited_from_two_sources() -> None:
    result = EVIDENCE_QUALITY.compute(
        pai(
            claim(1, "EMPLOYEES", exactly(37), "2024", sources=2),
            claim(2, "EMPLOYEES", exactly(38), sources=3),
            claim(3, "PARTNER_COUNT", exactly(9), "2024", sources=1),
            claim(4, "WEBSITE", "example.org"),
            claim(5, "FOUNDING_DATE", PartialDate.of("2016"), sources=1, subject=Reference("Workstream", 1)),
            claim(6, "EMPLOYEES", exactly(39), rank=Rank.DEPRECATED),
        )
    )
    # One of five claims is good. A claim whose value is a date needs no other date.
    assert ends(result) == (Decimal("0.2"),) * 3
    assert counts(result) == {"UNCITED": 1, "SINGLE_SOURCE": 2, "UNDATED": 2}
    assert result.substitution == "1 well supported ÷ 5 claims = 20 %; 1 uncited, 2 single-source, 2 undated"


def test_conflict_rate_counts_properties_and_not_claims() -> None:
    result = CONFLICT_RATE.compute(
        pai(
            claim(1, "FOUNDER_COUNT", exactly(7)),
            claim(2, "FOUNDER_COUNT", exactly(6)),
            claim(3, "FOUNDER_COUNT", exactly(5)),
            # All of these values may be true at once.
            claim(4, "PARTNER_COUNT", at_least(100)),
            claim(5, "PARTNER_COUNT", exactly(128)),
            claim(6, "EMPLOYEES", exactly(37), "2023"),
            claim(7, "EMPLOYEES", exactly(40), "2024"),
            multivalued(claim(8, "FOCUS_AREA", "labor")),
            multivalued(claim(9, "FOCUS_AREA", "safety")),
            # The same value of another subject is another claim.
            claim(10, "EMPLOYEES", exactly(5), subject=Reference("Workstream", 1)),
            claim(11, "WEBSITE", "a.example"),
            claim(12, "WEBSITE", "b.example", rank=Rank.DEPRECATED),
        )
    )
    assert ends(result) == (Decimal("0.2"),) * 3
    assert result.substitution == "1 contradicted ÷ 5 properties with claims = 20 %"


def test_nothing_claimed_is_insufficient_data() -> None:
    assert is_insufficient(EVIDENCE_QUALITY.compute(pai()))
    assert is_insufficient(CONFLICT_RATE.compute(pai(multivalued(claim(1, "FOCUS_AREA", "labor")))))
