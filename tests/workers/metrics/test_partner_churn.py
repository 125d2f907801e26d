"""Partners that leave, checked by hand."""

from datetime import date
from decimal import Decimal

from db.values.facts import Partners
from db.values.results import Result
from db.values.vocabulary import Sector
from tests.workers.facts import claim, exactly, pai
from tests.workers.metrics.results import codes, ends, is_insufficient, is_not_applicable, value
from workers.metrics.formulas.partner_churn import compute

TODAY = date(2026, 3, 1)


def churn(**partners: int) -> Result:
    return compute(pai(partnerships=Partners(**partners), today=TODAY))


def test_those_that_left_last_year_are_a_share_of_those_with_whom_it_began() -> None:
    result = churn(ever=25, left=4, year_began=20, year_left=3)
    assert ends(result) == (Decimal("0.15"),) * 3
    assert value(result).as_of == "2025"
    assert result.substitution == "3 of the 20 partners at the start of 2025 left during the year: 15 %"


def test_unknown_starts_give_bounds() -> None:
    # Of 10 known partners, 2 left. Of 6 more with unknown starts, 1 left. The fewest are 2/15, if only the 5 that
    # stayed had joined. The most are 3/11, if only the 1 that left had joined.
    result = churn(ever=16, left=3, year_began=10, year_left=2, year_began_perhaps=6, year_left_perhaps=1)
    assert ends(result) == (None, Decimal("0.1333333333"), Decimal("0.2727272727"))
    assert "; of 6 more with an unknown start, 1 left: " in result.substitution


def test_only_unknown_starts_are_bounded_too() -> None:
    # The partner that left may have been the only one.
    assert ends(churn(ever=2, left=1, year_began_perhaps=2, year_left_perhaps=1)) == (None, Decimal(0), Decimal(1))


def test_year_in_which_nobody_left_is_zero_where_ends_are_recorded_at_all() -> None:
    assert ends(churn(ever=12, left=2, year_began=10)) == (Decimal(0),) * 3


def test_no_recorded_end_doesnt_say_that_nobody_left() -> None:
    result = churn(ever=9, year_began=6, year_began_perhaps=3)
    assert is_insufficient(result)
    assert result.substitution == "no listed partner has a recorded end, which does not prove that none has left"
    assert is_insufficient(churn())


def test_year_that_began_without_partners_is_not_applicable() -> None:
    assert is_not_applicable(churn(ever=2, left=2))


def test_few_listed_partners_are_warned_of() -> None:
    partners = Partners(ever=9, left=1, year_began=9, year_left=1)
    facts = pai(
        claim(1, "PARTNER_COUNT", exactly(128)), partnerships=partners, partners={Sector.INDUSTRY: 8}, today=TODAY
    )
    assert codes(compute(facts)) == ["LOW_COVERAGE"]
