"""Partners by sector, checked by hand."""

from decimal import Decimal

from db.values.quantity import Comparator, Quantity
from db.values.results import Result
from db.values.vocabulary import MetricState, Sector
from tests.workers.facts import about, at_least, claim, exactly, pai
from workers.metrics.formulas.partner_type_breakdown import compute


def counts(result: Result) -> dict[str, int]:
    assert result.state is MetricState.FRESH, result.substitution
    return {slice.key: slice.count for slice in result.slices}


def share(result: Result, key: str) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    (found,) = [slice.share for slice in result.slices if slice.key == key]
    assert found is not None
    return found.value, found.lower, found.upper


def page() -> Result:
    return compute(
        pai(
            claim(1, "PARTNER_COUNT", at_least(100)),
            claim(2, "PARTNER_COUNT", exactly(128), "2024"),
            partners={Sector.INDUSTRY: 9},
        )
    )


def test_reported_partners_that_are_not_listed_are_unknown() -> None:
    result = page()
    assert counts(result) == {"INDUSTRY": 9, "UNKNOWN": 119}
    assert result.substitution == "INDUSTRY 9, UNKNOWN 128 - 9 = 119; 128 partners in all"
    assert result.value is not None
    assert (result.value.value, result.value.unit, result.value.as_of) == (Decimal(128), "organization", "2024")
    assert result.value.display == "128 organizations"


def test_share_of_a_partly_known_whole_is_bounded_by_what_is_known_to_be_otherwise() -> None:
    # 9 / 128 = 0.0703125. Any of the other 119 may be industry too; 119 / 128 = 0.9296875.
    result = page()
    assert share(result, "INDUSTRY") == (Decimal("0.0703125"), Decimal("0.0703125"), Decimal(1))
    assert share(result, "UNKNOWN") == (Decimal("0.9296875"),) * 3
    assert [slice.share and slice.share.display for slice in result.slices] == ["7.03 % to 100 %", "92.97 %"]


def test_other_sectors_partners_lower_the_upper_bound() -> None:
    # Of 10 partners, 4 are industry, 2 academia, 1 is listed without a sector and 3 are not listed. So industry has 4
    # to 8, and academia 2 to 6.
    result = compute(
        pai(
            claim(1, "PARTNER_COUNT", exactly(10)),
            partners={Sector.UNKNOWN: 1, Sector.INDUSTRY: 4, Sector.ACADEMIA: 2},
        )
    )
    assert counts(result) == {"INDUSTRY": 4, "ACADEMIA": 2, "UNKNOWN": 4}
    assert share(result, "INDUSTRY") == (Decimal("0.4"), Decimal("0.4"), Decimal("0.8"))
    assert share(result, "ACADEMIA") == (Decimal("0.2"), Decimal("0.2"), Decimal("0.6"))
    assert share(result, "UNKNOWN") == (Decimal("0.4"),) * 3
    assert result.warnings == ()


def test_wholly_known_partners_have_exact_shares_and_no_unknown() -> None:
    result = compute(pai(claim(1, "PARTNER_COUNT", exactly(3)), partners={Sector.INDUSTRY: 1, Sector.MEDIA: 2}))
    assert counts(result) == {"INDUSTRY": 1, "MEDIA": 2}
    assert share(result, "INDUSTRY") == (Decimal("0.3333333333"),) * 3
    assert [slice.share and slice.share.comparator for slice in result.slices] == [Comparator.EXACT] * 2


def test_few_listed_partners_are_warned_of() -> None:
    (warning,) = page().warnings
    assert (warning.code, [str(node) for node in warning.about]) == ("LOW_COVERAGE", ["Claim:2"])


def test_without_a_reported_number_the_whole_is_what_is_listed() -> None:
    result = compute(pai(partners={Sector.INDUSTRY: 3, Sector.UNKNOWN: 1}))
    assert counts(result) == {"INDUSTRY": 3, "UNKNOWN": 1}
    assert share(result, "INDUSTRY") == (Decimal("0.75"), Decimal("0.75"), Decimal(1))
    assert [warning.code for warning in result.warnings] == ["MISSING_INPUT"]
    assert result.value is not None
    assert result.value.value == 4


def test_neither_listed_nor_reported_is_insufficient_data() -> None:
    assert compute(pai()).state is MetricState.INSUFFICIENT_DATA


def test_reported_none_is_not_applicable() -> None:
    assert compute(pai(claim(1, "PARTNER_COUNT", exactly(0)))).state is MetricState.NOT_APPLICABLE


def test_reported_but_none_listed_is_all_unknown() -> None:
    result = compute(pai(claim(1, "PARTNER_COUNT", exactly(128))))
    assert counts(result) == {"UNKNOWN": 128}
    assert share(result, "UNKNOWN") == (Decimal(1),) * 3


def test_more_listed_than_reported_counts_the_listed_and_warns() -> None:
    result = compute(pai(claim(1, "PARTNER_COUNT", exactly(2)), partners={Sector.INDUSTRY: 3}))
    assert counts(result) == {"INDUSTRY": 3}
    assert share(result, "INDUSTRY") == (Decimal(1),) * 3
    assert [warning.code for warning in result.warnings] == ["REPORTED_BELOW_LISTED"]


def test_reported_at_least_leaves_shares_without_a_value() -> None:
    # There are at least 100 partners, but there may be many more.
    result = compute(pai(claim(1, "PARTNER_COUNT", at_least(100)), partners={Sector.INDUSTRY: 9}))
    assert counts(result) == {"INDUSTRY": 9, "UNKNOWN": 91}
    assert share(result, "INDUSTRY") == (None, Decimal(0), Decimal(1))
    assert share(result, "UNKNOWN") == (None, Decimal("0.91"), Decimal(1))
    assert result.value is not None
    assert result.value.display == "at least 100 organizations"
    assert result.substitution == "INDUSTRY 9, UNKNOWN 100 - 9 = 91; at least 100 partners in all"


def test_reported_approximately_widens_the_shares() -> None:
    # ≈130 means 125 to 135, so the shares are 9/130, 9/135 and, with 1 partner that is known not to be industry, 1 -
    # 1/135.
    result = compute(pai(claim(1, "PARTNER_COUNT", about(130)), partners={Sector.INDUSTRY: 9, Sector.MEDIA: 1}))
    assert share(result, "INDUSTRY") == (Decimal("0.0692307692"), Decimal("0.0666666667"), Decimal("0.9925925926"))
    # The shares are 1 - 10/130, 1 - 10/125 and 1 - 10/135.
    assert share(result, "UNKNOWN") == (Decimal("0.9230769231"), Decimal("0.9200000000"), Decimal("0.9259259259"))


def test_reported_at_most_is_at_least_what_is_listed() -> None:
    most = Quantity.of("organization", Comparator.AT_MOST, upper=Decimal(20))
    result = compute(pai(claim(1, "PARTNER_COUNT", most), partners={Sector.INDUSTRY: 9}))
    assert result.value is not None
    assert (result.value.lower, result.value.upper) == (Decimal(9), Decimal(20))
    assert share(result, "INDUSTRY") == (None, Decimal("0.45"), Decimal(1))


def test_contradicting_reports_are_warned_of() -> None:
    result = compute(
        pai(
            claim(1, "PARTNER_COUNT", exactly(10), "2024"),
            claim(2, "PARTNER_COUNT", exactly(12), "2024"),
            partners={Sector.INDUSTRY: 9},
        )
    )
    assert [warning.code for warning in result.warnings] == ["CONFLICTING_INPUT"]
