"""Alternatives: the value that would result if another claim were preferred."""

from dataclasses import replace
from decimal import Decimal

from db.values.facts import Facts
from db.values.reference import Reference
from db.values.results import Result
from db.values.vocabulary import Rank
from tests.workers.facts import about, claim, exactly, pai
from tests.workers.metrics.results import value
from workers.metrics.claims.alternatives import MOST, find_alternatives
from workers.metrics.claims.conflicts import conflicts
from workers.metrics.formulas.frontier_labs import FRONTIER_LAB_PARTICIPATION
from workers.metrics.formulas.ratios import FOUNDING_SHARE
from workers.metrics.metric import Metric

PARTNERS = claim(1, "PARTNER_COUNT", exactly(128), "2024")


def alternatives(metric: Metric, facts: Facts) -> list[tuple[int, str]]:
    result = metric.compute(facts)
    found = find_alternatives(metric.compute, facts, result, conflicts(facts.claims))
    return [(one.claim.id, value(one.result).display) for one in found]


def test_value_is_told_for_each_claim_that_contradicts_the_used_one() -> None:
    # The metric uses 6 / 128 = 4.69 %. The others are 7 / 128 = 5.47 % and 8 / 128 = 6.25 %.
    facts = pai(
        PARTNERS, *(claim(10 + n, "FOUNDER_COUNT", exactly(n)) for n in (8, 7)), claim(20, "FOUNDER_COUNT", exactly(6))
    )
    assert value(FOUNDING_SHARE.compute(facts)).display == "4.69 %"
    assert alternatives(FOUNDING_SHARE, facts) == [(17, "5.47 %"), (18, "6.25 %")]


def test_of_very_many_claims_those_count_that_would_be_believed_first() -> None:
    undated = [claim(100 + n, "FOUNDER_COUNT", exactly(10 + n)) for n in range(MOST)]
    dated = [claim(id, "FOUNDER_COUNT", exactly(id), "2020") for id in (6, 7)]
    told = [id for id, _ in alternatives(FOUNDING_SHARE, pai(PARTNERS, *undated, *dated))]
    # The metric uses 7, because that claim is the newest dated one.
    assert told == [6, *(claim.id for claim in undated[1:])]


def test_preferred_claim_gives_way_to_its_rival() -> None:
    facts = pai(
        PARTNERS,
        claim(2, "FOUNDER_COUNT", exactly(7)),
        claim(3, "FOUNDER_COUNT", exactly(6), rank=Rank.PREFERRED),
    )
    assert alternatives(FOUNDING_SHARE, facts) == [(2, "5.47 %")]


def test_agreeing_and_deprecated_claims_are_no_alternatives() -> None:
    facts = pai(
        PARTNERS,
        claim(2, "FOUNDER_COUNT", exactly(6)),
        claim(3, "FOUNDER_COUNT", exactly("6.0")),
        claim(4, "FOUNDER_COUNT", exactly(9), rank=Rank.DEPRECATED),
        claim(5, "FOUNDER_COUNT", exactly(9), subject=Reference("Workstream", 1)),
        claim(6, "EMPLOYEES", exactly(9)),
        claim(7, "EMPLOYEES", exactly(8)),
    )
    assert alternatives(FOUNDING_SHARE, facts) == []


def test_words_have_alternatives_too() -> None:
    said = "FRONTIER_LAB_PARTICIPATION"
    facts = pai(claim(1, said, "MOST"), claim(2, said, "ALL"))
    assert alternatives(FRONTIER_LAB_PARTICIPATION, facts) == [(1, "50 % to 100 %")]


def test_values_that_hold_at_once_are_no_alternatives() -> None:
    labs = [claim(n, "FRONTIER_LAB", Reference("Organization", n)) for n in (2, 3)]
    facts = pai(*(replace(lab, property=replace(lab.property, multivalued=True)) for lab in labs), labs={2})
    assert len(FRONTIER_LAB_PARTICIPATION.compute(facts).inputs) == 2
    assert alternatives(FRONTIER_LAB_PARTICIPATION, facts) == []


def test_nothing_is_computed_again_where_nothing_is_disputed() -> None:
    def compute(_: Facts) -> Result:
        raise AssertionError("must not be computed")

    seven, also_seven = claim(2, "FOUNDER_COUNT", exactly(7)), claim(3, "FOUNDER_COUNT", about(7))
    facts = pai(PARTNERS, seven, also_seven)
    found = conflicts(facts.claims)
    assert [conflict.compatible for conflict in found] == [True]
    assert find_alternatives(compute, facts, FOUNDING_SHARE.compute(facts), found) == ()


def test_asking_leaves_the_facts_as_they_are() -> None:
    facts = pai(PARTNERS, claim(2, "FOUNDER_COUNT", exactly(6)), claim(3, "FOUNDER_COUNT", exactly(7)))
    before = FOUNDING_SHARE.compute(facts)
    assert alternatives(FOUNDING_SHARE, facts)
    assert FOUNDING_SHARE.compute(facts) == before
    assert before.value is not None
    assert before.value.value == Decimal("0.0546875")
