"""Simulated facts and their results, checked by hand."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from db.errors import Invalid
from db.values.facts import Facts, Partners, Property, Workstream
from db.values.partial_date import PartialDate
from db.values.reference import Reference
from db.values.vocabulary import MetricState, Rank, Sector, ValueStatus
from tests.workers.derived import BREAKDOWN, REVENUE
from tests.workers.facts import about, claim, exactly, pai, revenue
from workers.metrics.what_if import (
    MorePartners,
    PreferredClaim,
    SupposedClaim,
    WithoutClaim,
    is_supposed,
    suppose,
)

EMPLOYEES = claim(2, "EMPLOYEES", about(37, "employee"))
FACTS = pai(claim(1, "ANNUAL_REVENUE", revenue(), "2022"), EMPLOYEES)
FORTY = SupposedClaim(EMPLOYEES.property, exactly(40, "employee"))


def value(facts: Facts) -> Decimal | None:
    quantity = REVENUE.compute(facts).value
    return quantity and quantity.value


def test_supposed_claim_counts_before_all_others() -> None:
    assert value(FACTS) == Decimal("178378.38")
    assert value(FORTY.applied(FACTS)) == Decimal(165_000)


def test_supposed_claim_counts_before_preferred_and_later_ones() -> None:
    rivals = (
        replace(EMPLOYEES, id=3, rank=Rank.PREFERRED),
        claim(4, "EMPLOYEES", about(50, "employee"), "2030", rank=Rank.PREFERRED),
    )
    facts = FORTY.applied(replace(FACTS, claims=[*FACTS.claims, *rivals]))
    assert value(facts) == Decimal(165_000)
    assert [claim.rank for claim in facts.claims_of("EMPLOYEES")] == [Rank.NORMAL] * 3 + [Rank.PREFERRED]


def test_last_of_two_simulated_claims_counts() -> None:
    fifty = replace(FORTY, value=exactly(50, "employee"))
    facts = fifty.applied(FORTY.applied(FACTS))
    assert value(facts) == Decimal(132_000)
    assert len({claim.id for claim in facts.claims}) == 4


def test_supposed_claim_is_of_its_time_and_of_no_row() -> None:
    dated = replace(FORTY, valid_during=PartialDate.of("2022"))
    supposed = dated.applied(FACTS).claims_of("EMPLOYEES")[-1]
    assert (supposed.valid_during, supposed.sources) == (PartialDate.of("2022"), 0)
    assert is_supposed(supposed.node)
    assert not is_supposed(Reference("Claim", 2**63 - 1))


def test_supposed_that_nothing_is_known_leaves_the_other_claims() -> None:
    nothing = SupposedClaim(EMPLOYEES.property, None, ValueStatus.SOME_VALUE)
    assert value(nothing.applied(FACTS)) == Decimal("178378.38")


def test_without_its_only_claim_there_is_no_number() -> None:
    result = REVENUE.compute(WithoutClaim(2).applied(FACTS))
    assert (result.state, result.value) == (MetricState.INSUFFICIENT_DATA, None)


def test_preferred_claim_counts_before_the_newer_one() -> None:
    newer = replace(FACTS, claims=[*FACTS.claims, claim(3, "EMPLOYEES", exactly(50, "employee"))])
    assert value(newer) == Decimal(132_000)
    assert value(PreferredClaim(2).applied(newer)) == Decimal("178378.38")


@pytest.mark.parametrize("change", [WithoutClaim(9), PreferredClaim(9)])
def test_claim_of_somebody_else_is_refused(change: WithoutClaim | PreferredClaim) -> None:
    with pytest.raises(Invalid, match="expected a claim about Organization:1 or its rows, got Claim:9"):
        change.applied(FACTS)


PARTNERS = pai(
    partners={Sector.INDUSTRY: 9},
    partnerships=Partners(ever=11, left=2, founders=7, founders_presumed=6),
    workstreams=[Workstream(1, "Labour", {Sector.INDUSTRY: 2}, 0)],
)


def test_more_partners_are_listed_and_have_ever_been() -> None:
    facts = MorePartners(Sector.ACADEMIA, 3).applied(PARTNERS)
    assert facts.partners == {Sector.INDUSTRY: 9, Sector.ACADEMIA: 3}
    assert facts.partnerships == Partners(ever=14, left=2, founders=7, founders_presumed=6)
    assert [(part.key, part.count) for part in BREAKDOWN.compute(facts).slices] == [("INDUSTRY", 9), ("ACADEMIA", 3)]


def test_fewer_partners_have_left() -> None:
    facts = MorePartners(Sector.INDUSTRY, -3).applied(PARTNERS)
    assert facts.partners == {Sector.INDUSTRY: 6}
    assert facts.partnerships == Partners(ever=11, left=5, founders=7, founders_presumed=6)


def test_a_sector_whose_last_partner_left_is_none_of_the_partners() -> None:
    facts = MorePartners(Sector.INDUSTRY, -1).applied(pai(partners={Sector.INDUSTRY: 1}))
    assert facts.partners == {}


@pytest.mark.parametrize(
    ("facts", "change", "message"),
    [
        (
            PARTNERS,
            MorePartners(Sector.INDUSTRY, -10),
            "expected `by` to be at least -9, because 9 partners are in INDUSTRY, got -10",
        ),
        (
            PARTNERS,
            MorePartners(Sector.MEDIA, -1),
            "expected `by` to be at least 0, because 0 partners are in MEDIA, got -1",
        ),
        (
            PARTNERS,
            MorePartners(Sector.INDUSTRY, -4),
            "expected `by` to leave the 6 partners that are founders, got -4",
        ),
        (
            replace(PARTNERS, partnerships=Partners(ever=11)),
            MorePartners(Sector.INDUSTRY, -8),
            "expected `by` to leave the 2 INDUSTRY partners that take part in a workstream, got -8",
        ),
    ],
)
def test_more_than_can_leave_is_refused(facts: Facts, change: MorePartners, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        change.applied(facts)


def test_facts_themselves_stay_as_they_are() -> None:
    before = replace(PARTNERS, claims=FACTS.claims)
    kept: Any = (list(before.claims), dict(before.partners), before.partnerships)
    for change in (FORTY, WithoutClaim(2), PreferredClaim(1), MorePartners(Sector.INDUSTRY, 1)):
        change.applied(before)
    assert kept == (list(before.claims), dict(before.partners), before.partnerships)


def test_each_metric_is_told_before_and_after() -> None:
    revenue_each, breakdown = suppose((REVENUE, BREAKDOWN), FACTS, FORTY.applied(FACTS))
    assert (revenue_each.metric, revenue_each.is_changed) == (REVENUE, True)
    assert revenue_each.before == REVENUE.compute(FACTS)
    assert revenue_each.after.substitution.startswith("6,600,000 USD ÷ 40 employees = 165,000 USD")
    assert not breakdown.is_changed


def test_change_of_the_explanation_alone_is_no_change() -> None:
    same = SupposedClaim(EMPLOYEES.property, EMPLOYEES.value)
    [one] = suppose((REVENUE,), FACTS, same.applied(FACTS))
    assert one.before.inputs != one.after.inputs
    assert not one.is_changed


def test_formula_that_raises_has_failed_and_costs_no_other() -> None:
    def ill(_: Facts) -> Any:
        raise ZeroDivisionError("division by zero")

    failed, sound = suppose((replace(REVENUE, compute=ill), REVENUE), FACTS, FACTS)
    assert failed.after.state is MetricState.FAILED
    assert failed.after.substitution == "the formula failed: ZeroDivisionError: division by zero"
    assert sound.after.state is MetricState.FRESH


def test_supposed_claim_of_another_property_rivals_none() -> None:
    other = SupposedClaim(Property(9, "OTHER", "Other"), exactly(40, "employee"))
    assert value(other.applied(FACTS)) == Decimal("178378.38")
