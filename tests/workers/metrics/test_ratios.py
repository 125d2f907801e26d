"""Quotients of claimed numbers, checked by hand."""

from decimal import Decimal

from db.values.quantity import BoundsBasis, Comparator, Quantity
from db.values.reference import Reference
from db.values.results import Result
from db.values.vocabulary import MetricState, Rank, ValueStatus
from tests.workers.facts import about, at_least, claim, exactly, pai, revenue
from tests.workers.metrics.results import codes, ends, is_insufficient, is_not_applicable, value
from workers.metrics.formulas.ratios import (
    FOUNDING_SHARE,
    INDUSTRY_FUNDING_SHARE,
    PARTNERS_PER_EMPLOYEE,
    REVENUE_PER_EMPLOYEE,
    REVENUE_PER_PARTNER,
)


def page() -> Result:
    return REVENUE_PER_EMPLOYEE.compute(
        pai(claim(12, "ANNUAL_REVENUE", revenue(), "2022"), claim(13, "EMPLOYEES", about(37, display="≈37 employees")))
    )


def test_rounded_inputs_give_a_value_within_bounds() -> None:
    # 6,600,000 / 37 = 178,378.378…; 6,550,000 / 37.5 = 174,666.666…; 6,650,000 / 36.5 = 182,191.780…
    quotient = value(page())
    assert (quotient.value, quotient.lower, quotient.upper) == (
        Decimal("178378.38"),
        Decimal("174666.67"),
        Decimal("182191.78"),
    )
    assert (quotient.unit, quotient.currency, quotient.as_of) == ("USD", "USD", "2022")
    assert quotient.comparator is Comparator.APPROXIMATE
    assert quotient.bounds_basis is BoundsBasis.IMPLIED_BY_ROUNDING
    assert quotient.display == "≈178,378.38 USD"


def test_substitution_shows_the_numbers() -> None:
    assert page().substitution == (
        "6,600,000 USD ÷ 37 employees = 178,378.38 USD;"
        " at least 6,550,000 ÷ 37.5 = 174,666.67; at most 6,650,000 ÷ 36.5 = 182,191.78"
    )


def test_undated_and_approximate_inputs_are_warned_of_with_their_claims() -> None:
    undated, approximate = page().warnings
    assert (undated.code, [str(node) for node in undated.about]) == ("UNDATED_INPUT", ["Claim:13"])
    assert undated.message == "The annual revenue is for 2022, but the number of employees has no date."
    assert (approximate.code, [str(node) for node in approximate.about]) == (
        "APPROXIMATE_INPUT",
        ["Claim:12", "Claim:13"],
    )


def test_times_that_do_not_meet_are_warned_of() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(claim(1, "ANNUAL_REVENUE", revenue(), "2022"), claim(2, "EMPLOYEES", exactly(37), "2024-05"))
    )
    assert codes(result) == ["YEAR_MISMATCH", "APPROXIMATE_INPUT"]
    assert result.warnings[0].message == "The annual revenue is for 2022, but the number of employees is for 2024-05."


def test_times_that_meet_and_exact_inputs_need_no_warning() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(
            claim(1, "ANNUAL_REVENUE", exactly(6_600_000, "USD", currency="USD"), "2022"),
            claim(2, "EMPLOYEES", exactly(40), "2022-06"),
        )
    )
    assert codes(result) == []
    assert value(result).comparator is Comparator.EXACT
    assert result.substitution == "6,600,000 USD ÷ 40 employees = 165,000 USD"


def test_halves_of_a_cent_are_rounded_to_even() -> None:
    # 0.25 / 10 = 0.025 and 0.35 / 10 = 0.035.
    for dividend, rounded in (("0.25", "0.02"), ("0.35", "0.04")):
        result = REVENUE_PER_EMPLOYEE.compute(
            pai(
                claim(1, "ANNUAL_REVENUE", exactly(dividend, "USD", currency="USD")),
                claim(2, "EMPLOYEES", exactly(10)),
            )
        )
        assert value(result).value == Decimal(rounded)


def test_missing_input_is_insufficient_data_and_never_zero() -> None:
    for claims, missing in (
        ((), "ANNUAL_REVENUE or EMPLOYEES"),
        ((claim(1, "EMPLOYEES", exactly(37)),), "ANNUAL_REVENUE"),
        ((claim(1, "ANNUAL_REVENUE", revenue()),), "EMPLOYEES"),
    ):
        result = REVENUE_PER_EMPLOYEE.compute(pai(*claims))
        assert (result.state, result.value) == (MetricState.INSUFFICIENT_DATA, None)
        assert result.substitution == f"no claim gives a number for {missing}"


def test_claim_without_a_value_is_left_out_and_named() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(claim(1, "ANNUAL_REVENUE", revenue()), claim(2, "EMPLOYEES", None, value_status=ValueStatus.SOME_VALUE))
    )
    assert result.state is MetricState.INSUFFICIENT_DATA
    assert [(str(one.node), one.excluded, one.reason) for one in result.inputs] == [
        ("Claim:1", False, "it is the only ANNUAL_REVENUE claim"),
        ("Claim:2", True, "its value is SOME_VALUE, not a number"),
    ]


def test_no_employees_make_it_not_applicable() -> None:
    for staff in (exactly(0), about(0)):
        result = REVENUE_PER_EMPLOYEE.compute(pai(claim(1, "ANNUAL_REVENUE", revenue()), claim(2, "EMPLOYEES", staff)))
        assert (result.state, result.value) == (MetricState.NOT_APPLICABLE, None)


def test_other_currency_is_not_converted() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(claim(1, "ANNUAL_REVENUE", revenue(6_000_000, "EUR"), "2022"), claim(2, "EMPLOYEES", exactly(37)))
    )
    assert (result.state, result.value) == (MetricState.INSUFFICIENT_DATA, None)
    assert codes(result) == ["CURRENCY_MISMATCH"]
    assert result.warnings[0].message == "Expected the annual revenue in USD, got EUR."


def test_open_bounds_give_open_bounds() -> None:
    least = REVENUE_PER_EMPLOYEE.compute(
        pai(claim(1, "ANNUAL_REVENUE", at_least(1_000_000, "USD")), claim(2, "EMPLOYEES", about(40)))
    )
    # 1,000,000 / 45 = 22,222.22…
    assert value(least) == Quantity(
        None, Decimal("22222.22"), None, "USD", "USD", Comparator.AT_LEAST, BoundsBasis.IMPLIED_BY_ROUNDING,
        "at least 22,222.22 USD", None,
    )  # fmt: skip
    assert least.substitution == "at least 1,000,000 ÷ 45 = 22,222.22"
    most = REVENUE_PER_EMPLOYEE.compute(
        pai(claim(1, "ANNUAL_REVENUE", exactly(1_000_000, "USD")), claim(2, "EMPLOYEES", at_least(40)))
    )
    assert value(most).display == "at most 25,000 USD"


def test_ratio_of_two_lower_bounds_is_insufficient_data() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(claim(1, "ANNUAL_REVENUE", at_least(1_000_000, "USD")), claim(2, "EMPLOYEES", at_least(40)))
    )
    assert result.state is MetricState.INSUFFICIENT_DATA


def test_loss_is_largest_where_it_is_spread_over_fewest() -> None:
    # -100 / 8 = -12.5 and -100 / 12 = -8.33…
    staff = Quantity.of("employee", Comparator.BETWEEN, lower=Decimal(8), upper=Decimal(12))
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(claim(1, "ANNUAL_REVENUE", exactly(-100, "USD")), claim(2, "EMPLOYEES", staff))
    )
    assert (value(result).lower, value(result).upper) == (Decimal("-12.50"), Decimal("-8.33"))
    assert result.substitution == "at least -100 ÷ 8 = -12.5; at most -100 ÷ 12 = -8.33"


def test_best_claim_is_used_and_the_others_are_named_with_the_reason() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(
            claim(1, "ANNUAL_REVENUE", revenue(), "2022"),
            claim(2, "EMPLOYEES", exactly(30), "2021"),
            claim(3, "EMPLOYEES", exactly(40), "2022"),
            claim(4, "EMPLOYEES", exactly(50)),
            claim(5, "EMPLOYEES", exactly(60), "2023", rank=Rank.DEPRECATED),
            claim(6, "EMPLOYEES", exactly(45), "2022"),
        )
    )
    assert value(result).value == Decimal("146666.67")  # 6,600,000 / 45
    assert [(str(one.node), one.excluded, one.reason) for one in result.inputs[1:]] == [
        ("Claim:6", False, "it is the best of 5 EMPLOYEES claims"),
        ("Claim:2", True, "Claim:6 is valid until a later day"),
        ("Claim:3", True, "Claim:6 was added later"),
        ("Claim:4", True, "Claim:6 has a date"),
        ("Claim:5", True, "its rank is DEPRECATED"),
    ]


def test_preferred_claim_is_used_before_a_later_one() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(
            claim(1, "ANNUAL_REVENUE", revenue()),
            claim(2, "EMPLOYEES", exactly(40), rank=Rank.PREFERRED),
            claim(3, "EMPLOYEES", exactly(50), "2024"),
        )
    )
    assert value(result).value == Decimal("165000.00")
    assert result.inputs[-1].reason == "Claim:2 is PREFERRED"


def test_claims_of_a_workstream_are_not_the_organizations() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(
            claim(1, "ANNUAL_REVENUE", revenue()),
            claim(2, "EMPLOYEES", exactly(5), subject=Reference("Workstream", 1)),
        )
    )
    assert result.state is MetricState.INSUFFICIENT_DATA


def test_longest_quantities_are_computed() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(claim(1, "ANNUAL_REVENUE", exactly("9" * 100, "USD")), claim(2, "EMPLOYEES", exactly(3)))
    )
    assert value(result).value == Decimal("3" * 100)


def test_rival_claims_are_warned_of_beside_the_chosen_one() -> None:
    result = REVENUE_PER_EMPLOYEE.compute(
        pai(
            claim(1, "ANNUAL_REVENUE", exactly(1000, "USD")),
            claim(2, "EMPLOYEES", exactly(40)),
            claim(3, "EMPLOYEES", exactly(50)),
            claim(4, "EMPLOYEES", about(50)),
        )
    )
    (warning,) = [warning for warning in result.warnings if warning.code == "CONFLICTING_INPUT"]
    # 45 to 55 excludes 40, but includes 50.
    assert [str(node) for node in warning.about] == ["Claim:4", "Claim:2"]
    assert warning.message == (
        "The metric uses “≈50 organization” for the number of employees, but another claim says “40 organization”."
    )


def test_claims_that_may_be_true_at_once_are_no_conflict() -> None:
    result = PARTNERS_PER_EMPLOYEE.compute(
        pai(
            claim(1, "PARTNER_COUNT", at_least(100)),
            claim(2, "PARTNER_COUNT", exactly(128), "2024"),
            claim(3, "EMPLOYEES", exactly(32, "employee"), "2024"),
        )
    )
    assert codes(result) == []
    assert ends(result) == (Decimal(4),) * 3


def test_partners_per_employee_counts_partners() -> None:
    # 128 / 37 = 3.459…, 128 / 37.5 = 3.413…, 128 / 36.5 = 3.506…
    result = PARTNERS_PER_EMPLOYEE.compute(
        pai(claim(1, "PARTNER_COUNT", exactly(128)), claim(2, "EMPLOYEES", about(37)))
    )
    assert ends(result) == (Decimal("3.46"), Decimal("3.41"), Decimal("3.51"))
    assert (value(result).unit, value(result).currency, value(result).display) == (
        "organization",
        None,
        "≈3.46 partners",
    )
    assert result.substitution == (
        "128 partners ÷ 37 employees = 3.46 partners; at least 128 ÷ 37.5 = 3.41; at most 128 ÷ 36.5 = 3.51"
    )


def test_revenue_of_one_year_over_partners_of_another_is_warned_of() -> None:
    # 6,600,000 / 128 = 51,562.5; 6,550,000 / 128 = 51,171.875; 6,650,000 / 128 = 51,953.125, both rounded to even.
    result = REVENUE_PER_PARTNER.compute(
        pai(claim(1, "ANNUAL_REVENUE", revenue(), "2022"), claim(2, "PARTNER_COUNT", exactly(128), "2024"))
    )
    assert ends(result) == (Decimal("51562.50"), Decimal("51171.88"), Decimal("51953.12"))
    assert codes(result) == ["YEAR_MISMATCH", "APPROXIMATE_INPUT"]


def test_revenue_per_partner_of_at_least_so_many_is_at_most_so_much() -> None:
    result = REVENUE_PER_PARTNER.compute(
        pai(claim(1, "ANNUAL_REVENUE", exactly(1000, "USD")), claim(2, "PARTNER_COUNT", at_least(100)))
    )
    assert value(result).display == "at most 10 USD"


def test_founding_share_is_a_percentage() -> None:
    # 6 / 128 = 0.046875.
    result = FOUNDING_SHARE.compute(pai(claim(1, "FOUNDER_COUNT", exactly(6)), claim(2, "PARTNER_COUNT", exactly(128))))
    assert ends(result) == (Decimal("0.046875"),) * 3
    assert (value(result).unit, value(result).display) == ("share", "4.69 %")
    assert result.substitution == "6 founders ÷ 128 partners = 4.69 %"


def test_founders_of_at_least_so_many_partners_are_at_most_so_large_a_share() -> None:
    result = FOUNDING_SHARE.compute(
        pai(claim(1, "FOUNDER_COUNT", exactly(6)), claim(2, "PARTNER_COUNT", at_least(100)))
    )
    assert ends(result) == (None, None, Decimal("0.06"))
    assert value(result).display == "at most 6 %"


def test_no_partners_left_make_the_founders_share_not_applicable() -> None:
    result = FOUNDING_SHARE.compute(pai(claim(1, "FOUNDER_COUNT", exactly(6)), claim(2, "PARTNER_COUNT", exactly(0))))
    assert is_not_applicable(result)
    assert result.substitution == ("cannot divide by the reported number of partners, because it is “0 organization”")


def funding(amount: Quantity, revenue: Quantity) -> Result:
    return INDUSTRY_FUNDING_SHARE.compute(
        pai(claim(1, "INDUSTRY_FUNDING", amount, "2022"), claim(2, "ANNUAL_REVENUE", revenue, "2022"))
    )


def test_industrys_share_of_the_funding_may_be_in_any_one_currency() -> None:
    # 3 / 4 = 0.75.
    result = funding(exactly(3_000_000, "EUR", currency="EUR"), exactly(4_000_000, "EUR", currency="EUR"))
    assert ends(result) == (Decimal("0.75"),) * 3
    assert result.substitution == "3,000,000 ÷ 4,000,000 = 75 %"


def test_funding_in_another_currency_than_the_revenue_is_not_converted() -> None:
    result = funding(exactly(3, "EUR", currency="EUR"), exactly(4, "USD", currency="USD"))
    assert is_insufficient(result)
    assert [warning.message for warning in result.warnings] == ["Expected the annual revenue in EUR, got USD."]


def test_rounded_funding_never_exceeds_the_whole() -> None:
    # ≈4 means 3.5 to 4.5 million of 4 million, or 87.5 % to 112.5 %. More than 100 % is impossible.
    result = funding(about(4_000_000, "USD"), exactly(4_000_000, "USD"))
    assert ends(result) == (Decimal(1), Decimal("0.875"), Decimal(1))


def test_funding_beyond_the_whole_is_insufficient_data() -> None:
    result = funding(exactly(5, "USD"), exactly(4, "USD"))
    assert is_insufficient(result)
    assert result.substitution == "5 ÷ 4 = 125 %; expected a share of at most 100 %"


def test_funding_by_industry_without_an_amount_leaves_the_share_undetermined() -> None:
    result = INDUSTRY_FUNDING_SHARE.compute(
        pai(claim(1, "ANNUAL_REVENUE", revenue()), claim(2, "FUNDING_STRUCTURE", "INDUSTRY_FUNDED"))
    )
    assert is_insufficient(result)
    assert result.substitution == (
        "no claim gives a number for INDUSTRY_FUNDING; the FUNDING_STRUCTURE claim “INDUSTRY_FUNDED” gives no amount"
    )
    assert [(str(one.node), one.excluded) for one in result.inputs] == [("Claim:1", False), ("Claim:2", True)]
