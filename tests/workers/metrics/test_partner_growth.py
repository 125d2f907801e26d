"""The growth of the number of partners, checked by hand."""

from decimal import Decimal

import pytest

from db.values.partial_date import PartialDate
from db.values.results import Result
from db.values.vocabulary import Rank
from tests.workers.facts import about, at_least, claim, exactly, pai
from tests.workers.metrics.results import codes, ends, is_insufficient, is_not_applicable, value
from workers.metrics.formulas.partner_growth import compute

FOUNDED = claim(1, "FOUNDING_DATE", PartialDate.of("2016-09"))


def between(first: str, first_count: int, last: str, last_count: int) -> Result:
    return compute(
        pai(
            claim(1, "PARTNER_COUNT", exactly(first_count), first), claim(2, "PARTNER_COUNT", exactly(last_count), last)
        )
    )


def test_founders_are_the_first_count() -> None:
    # (128 / 7) ** (1 / 8) - 1, from 2016 to 2024.
    result = compute(
        pai(FOUNDED, claim(2, "FOUNDER_COUNT", exactly(7)), claim(3, "PARTNER_COUNT", exactly(128), "2024"))
    )
    assert ends(result) == (Decimal("0.4380169039"),) * 3
    assert value(result).display == "43.8 % a year"
    assert result.substitution == ("(128 partners in 2024 ÷ 7 partners in 2016-09) ^ (1 ÷ 8 years) - 1 = 43.8 % a year")
    assert result.warnings[0].message == (
        "The metric counts calendar years, because a date does not name a month. The exact time from 2016-09 to 2024 is"
        " between 7.25 and 8.33 years."
    )


def test_contradicting_founders_are_both_admitted() -> None:
    # (128 / 7) ** (1 / 8) = 1.43802 and (128 / 6) ** (1 / 8) = 1.46599.
    result = compute(
        pai(
            FOUNDED,
            claim(2, "FOUNDER_COUNT", exactly(7, display="seven")),
            claim(3, "FOUNDER_COUNT", exactly(6, display="six")),
            claim(4, "PARTNER_COUNT", exactly(128), "2024"),
        )
    )
    assert ends(result) == (None, Decimal("0.4380169039"), Decimal("0.4659944965"))
    assert value(result).display == "43.8 % to 46.6 % a year"
    (warning,) = [warning for warning in result.warnings if warning.code == "CONFLICTING_INPUT"]
    assert warning.message == (
        "Sources contradict each other about the number of founders: “seven” and “six”. The bounds allow for all of"
        " them."
    )
    assert [one.reason for one in result.inputs] == [
        "it is the count for 2016-09",
        "it is the count for 2016-09",
        "it is the count for 2024",
    ]


def test_preferred_founders_are_the_only_ones() -> None:
    result = compute(
        pai(
            FOUNDED,
            claim(2, "FOUNDER_COUNT", exactly(7), rank=Rank.PREFERRED),
            claim(3, "FOUNDER_COUNT", exactly(6)),
            claim(4, "PARTNER_COUNT", exactly(128), "2024"),
        )
    )
    assert ends(result) == (Decimal("0.4380169039"),) * 3
    assert "CONFLICTING_INPUT" in codes(result)


@pytest.mark.parametrize(
    ("first", "last", "rate"),
    [
        # The number doubles twice, within two calendar years or 24 months.
        ("2020", "2022", "1"),
        ("2020-03", "2022-03", "1"),
        ("2020", "2022-11-30", "1"),
        # 18 months: 4 ** (12 / 18) - 1 = 1.5198420998.
        ("2020-01", "2021-07", "1.5198420998"),
        # 731 days are 2.00140 years: 4 ** (365.2425 / 731) - 1 = 0.9990298…
        ("2020-01-01", "2022-01-01", "0.9990294"),
    ],
)
def test_time_is_as_exact_as_both_dates(first: str, last: str, rate: str) -> None:
    found, *_ = ends(between(first, 10, last, 40))
    assert found is not None
    assert abs(found - Decimal(rate)) < Decimal("0.00001")


def test_calendar_years_need_no_warning_where_the_dates_are_months() -> None:
    assert codes(between("2020-03", 10, "2022-03", 40)) == []


def test_shrinking_partnership_has_a_negative_rate() -> None:
    # The number falls from 40 to 10 in two years, so it halves each year.
    assert ends(between("2020", 40, "2022", 10)) == (Decimal("-0.5"),) * 3


def test_dates_that_span_years_give_bounds() -> None:
    # The number grows fourfold in 2 to 4 years: 4 ** (1/4) - 1 = 0.4142135624 and 4 ** (1/2) - 1.
    result = between("2018/2020", 10, "2022", 40)
    assert ends(result) == (None, Decimal("0.4142135624"), Decimal(1))


def test_shrinking_in_uncertain_time_is_fastest_in_the_shortest() -> None:
    # A quarter is left after 2 to 4 years: 0.25 ** (1/2) - 1 and 0.25 ** (1/4) - 1 = -0.2928932188.
    assert ends(between("2018/2020", 40, "2022", 10)) == (None, Decimal("-0.5"), Decimal("-0.2928932188"))


def test_rounded_counts_give_bounds() -> None:
    # ≈40 means 35 to 45: sqrt(3.5) - 1, sqrt(4) - 1 and sqrt(4.5) - 1.
    result = compute(pai(claim(1, "PARTNER_COUNT", exactly(10), "2020"), claim(2, "PARTNER_COUNT", about(40), "2022")))
    assert ends(result) == (Decimal(1), Decimal("0.8708286934"), Decimal("1.1213203436"))
    assert codes(result)[0] == "APPROXIMATE_INPUT"


def test_count_of_at_least_so_many_bounds_the_rate_from_below() -> None:
    result = compute(
        pai(claim(1, "PARTNER_COUNT", exactly(10), "2020"), claim(2, "PARTNER_COUNT", at_least(40), "2022"))
    )
    assert ends(result) == (None, Decimal(1), None)
    assert value(result).display == "at least 100 % a year"


def test_counts_between_the_first_and_the_last_are_left_out() -> None:
    result = compute(
        pai(
            *(claim(n, "PARTNER_COUNT", exactly(10 * n), str(2019 + n)) for n in (1, 2, 4)),
            claim(5, "PARTNER_COUNT", exactly(9)),
            claim(6, "PARTNER_COUNT", exactly(1), "2010", rank=Rank.DEPRECATED),
        )
    )
    assert [(str(one.node), one.excluded) for one in result.inputs] == [
        ("Claim:1", False),
        ("Claim:4", False),
        ("Claim:2", True),
        ("Claim:5", True),
        ("Claim:6", True),
    ]
    assert [one.reason for one in result.inputs[3:]] == [
        "it has no date",
        "its rank is DEPRECATED",
    ]


def test_two_dated_counts_are_wanted() -> None:
    for claims, got in (
        ((), "none with a date"),
        ((claim(1, "PARTNER_COUNT", exactly(9)),), "none with a date"),
        ((claim(1, "PARTNER_COUNT", exactly(9), "2024"),), "one for 2024"),
        # The number of founders has a date only if the founding has one.
        ((claim(1, "PARTNER_COUNT", exactly(9), "2024"), claim(2, "FOUNDER_COUNT", exactly(7))), "one for 2024"),
    ):
        result = compute(pai(*claims))
        assert is_insufficient(result)
        assert result.substitution == f"expected partner counts for two dates, got {got}"


def test_counts_of_less_than_a_year_apart_give_no_annual_rate() -> None:
    assert is_insufficient(between("2024", 10, "2024-12", 40))
    assert is_insufficient(between("2024-01-01", 10, "2024-12-30", 40))
    assert is_insufficient(between("../2020", 10, "2024", 40))


def test_growth_from_nothing_is_not_applicable() -> None:
    assert is_not_applicable(between("2020", 0, "2022", 40))


def test_all_partners_lost_is_a_loss_of_the_whole() -> None:
    assert ends(between("2020", 40, "2022", 0)) == (Decimal(-1),) * 3
