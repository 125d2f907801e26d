"""The share of the partners that are listed, checked by hand."""

from decimal import Decimal

from db.values.vocabulary import Sector
from tests.workers.facts import about, at_least, claim, exactly, pai
from tests.workers.metrics.results import codes, ends, is_insufficient, is_not_applicable, value
from workers.metrics.formulas.listed_partner_coverage import compute

NINE = {Sector.INDUSTRY: 9}


def test_listed_partners_are_a_share_of_the_reported_ones() -> None:
    # 9 / 128 = 0.0703125.
    result = compute(pai(claim(1, "PARTNER_COUNT", exactly(128), "2024"), partners=NINE))
    assert ends(result) == (Decimal("0.0703125"),) * 3
    assert (value(result).display, value(result).as_of) == ("7.03 %", "2024")
    assert result.substitution == "9 listed ÷ 128 partners = 7.03 %"
    assert codes(result) == ["LOW_COVERAGE"]


def test_rounded_report_gives_bounds() -> None:
    # ≈20 means 15 to 25, so the shares are 9/20, 9/25 and 9/15.
    result = compute(pai(claim(1, "PARTNER_COUNT", about(20)), partners=NINE))
    assert ends(result) == (Decimal("0.45"), Decimal("0.36"), Decimal("0.6"))


def test_report_of_at_least_so_many_bounds_the_share_from_above() -> None:
    result = compute(pai(claim(1, "PARTNER_COUNT", at_least(10)), partners=NINE))
    assert ends(result) == (None, None, Decimal("0.9"))


def test_more_listed_than_reported_are_all() -> None:
    result = compute(pai(claim(1, "PARTNER_COUNT", exactly(8)), partners=NINE))
    assert ends(result) == (Decimal(1),) * 3
    assert codes(result) == ["REPORTED_BELOW_LISTED"]


def test_none_listed_of_some_is_zero_and_known_to_be() -> None:
    assert ends(compute(pai(claim(1, "PARTNER_COUNT", exactly(8))))) == (Decimal(0),) * 3
    assert ends(compute(pai(claim(1, "PARTNER_COUNT", at_least(8))))) == (Decimal(0),) * 3


def test_listed_partners_without_a_report_are_insufficient_data() -> None:
    result = compute(pai(partners=NINE))
    assert is_insufficient(result)
    assert result.substitution == "9 partners are listed, but no claim gives a number for PARTNER_COUNT"
    assert is_insufficient(compute(pai()))


def test_report_of_none_is_not_applicable() -> None:
    assert is_not_applicable(compute(pai(claim(1, "PARTNER_COUNT", exactly(0)))))
