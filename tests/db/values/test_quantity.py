"""Quantities, and the bounds that follow from the stated numbers."""

from decimal import Decimal
from typing import Any

import pytest

from db.values.quantity import BoundsBasis, Comparator, Quantity, rounding_bounds

N = Decimal


@pytest.mark.parametrize(
    ("value", "lower", "upper"),
    [
        ("37", "36.5", "37.5"),
        ("6.6E+6", "6550000", "6650000"),
        ("6600000", "6550000", "6650000"),
        ("100", "50", "150"),
        ("0.25", "0.245", "0.255"),
        ("2.50", "2.45", "2.55"),
        ("-37", "-37.5", "-36.5"),
        ("0", "-0.5", "0.5"),
        (
            "12345678901234567890123456789012345678",
            "12345678901234567890123456789012345677.5",
            "12345678901234567890123456789012345678.5",
        ),
    ],
)
def test_rounding_implies_half_a_unit_of_the_last_digit(value: str, lower: str, upper: str) -> None:
    assert rounding_bounds(N(value)) == (N(lower), N(upper))


def bounds(quantity: Quantity) -> tuple[Decimal | None, ...]:
    return quantity.lower, quantity.value, quantity.upper


def test_an_exact_quantity_is_its_own_bounds() -> None:
    quantity = Quantity.of("employees", value=N(40))
    assert bounds(quantity) == (40, 40, 40)
    assert quantity.bounds_basis is BoundsBasis.ASSERTED


def test_an_approximate_quantity_has_the_bounds_of_its_rounding() -> None:
    quantity = Quantity.of("employees", Comparator.APPROXIMATE, value=N(37))
    assert bounds(quantity) == (N("36.5"), 37, N("37.5"))
    assert quantity.bounds_basis is BoundsBasis.IMPLIED_BY_ROUNDING


def test_stated_bounds_replace_rounding_bounds() -> None:
    quantity = Quantity.of("employees", Comparator.APPROXIMATE, value=N(37), lower=N(30))
    assert bounds(quantity) == (30, 37, None)
    assert quantity.bounds_basis is BoundsBasis.ASSERTED


@pytest.mark.parametrize("given", [{"value": N(100)}, {"lower": N(100)}])
def test_at_least_has_a_lower_bound_only(given: dict[str, Any]) -> None:
    assert bounds(Quantity.of("partners", Comparator.AT_LEAST, **given)) == (100, None, None)


@pytest.mark.parametrize("given", [{"value": N(100)}, {"upper": N(100)}])
def test_at_most_has_an_upper_bound_only(given: dict[str, Any]) -> None:
    assert bounds(Quantity.of("partners", Comparator.AT_MOST, **given)) == (None, None, 100)


def test_between_has_both_bounds_and_may_have_a_value() -> None:
    assert bounds(Quantity.of("partners", Comparator.BETWEEN, lower=N(1), upper=N(9))) == (1, None, 9)
    assert bounds(Quantity.of("partners", Comparator.BETWEEN, lower=N(1), value=N(3), upper=N(9))) == (1, 3, 9)


@pytest.mark.parametrize(
    ("comparator", "given", "words"),
    [
        (Comparator.EXACT, {"value": N("1E+3")}, "1,000 USD"),
        (Comparator.APPROXIMATE, {"value": N("6600000")}, "≈6,600,000 USD"),
        (Comparator.AT_LEAST, {"lower": N("0.5")}, "≥0.5 USD"),
        (Comparator.AT_MOST, {"upper": N(100)}, "≤100 USD"),
        (Comparator.BETWEEN, {"lower": N(1), "upper": N(9)}, "1\N{EN DASH}9 USD"),
    ],
)
def test_a_quantity_without_words_is_written_out(comparator: Comparator, given: dict[str, Any], words: str) -> None:
    assert Quantity.of("money", comparator, currency="USD", **given).display == words


def test_a_quantity_keeps_the_words_it_is_given() -> None:
    assert Quantity.of("USD", value=N(1), display="one dollar").display == "one dollar"


@pytest.mark.parametrize(
    ("comparator", "given", "message"),
    [
        (Comparator.EXACT, {}, "expected 'value' for EXACT, got none"),
        (Comparator.APPROXIMATE, {"lower": N(1)}, "expected 'value' for APPROXIMATE, got none"),
        (Comparator.AT_LEAST, {}, "expected 'lower' for AT_LEAST, got none"),
        (Comparator.AT_MOST, {}, "expected 'upper' for AT_MOST, got none"),
        (Comparator.BETWEEN, {"lower": N(1)}, "expected 'upper' for BETWEEN, got none"),
        (Comparator.BETWEEN, {"upper": N(1)}, "expected 'lower' for BETWEEN, got none"),
        (Comparator.EXACT, {"value": N(5), "lower": N(4)}, "expected no 'lower' for EXACT, got 4"),
        (Comparator.AT_LEAST, {"lower": N(5), "upper": N(9)}, "expected no 'upper' for AT_LEAST, got 9"),
        (Comparator.AT_LEAST, {"lower": N(5), "value": N(6)}, "expected no 'value' for AT_LEAST, got 6"),
        (Comparator.AT_MOST, {"upper": N(5), "lower": N(1)}, "expected no 'lower' for AT_MOST, got 1"),
        (Comparator.AT_MOST, {"upper": N(5), "value": N(4)}, "expected no 'value' for AT_MOST, got 4"),
        (Comparator.BETWEEN, {"lower": N(9), "upper": N(1)}, "expected upper to be at least 9, got 1"),
        (Comparator.APPROXIMATE, {"value": N(1), "lower": N(2)}, "expected value to be at least 2, got 1"),
        (Comparator.APPROXIMATE, {"value": N(3), "upper": N(2)}, "expected upper to be at least 3, got 2"),
        (Comparator.EXACT, {"value": N("NaN")}, "expected a finite value, got NaN"),
        (Comparator.APPROXIMATE, {"value": N(1), "lower": N("sNaN")}, "expected a finite lower, got sNaN"),
        (Comparator.AT_MOST, {"upper": N("Infinity")}, "expected a finite upper, got Infinity"),
        (
            Comparator.EXACT,
            {"value": N("1E+100")},
            "expected value to have at most 100 digits on each side of the point",
        ),
        (
            Comparator.EXACT,
            {"value": N("1E-101")},
            "expected value to have at most 100 digits on each side of the point",
        ),
    ],
)
def test_a_contradictory_quantity_is_refused(comparator: Comparator, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Quantity.of("employees", comparator, **given)


def test_a_quantity_needs_a_unit() -> None:
    with pytest.raises(ValueError, match="expected a unit that is not blank, got ' '"):
        Quantity.of(" ", value=N(1))


def test_a_quantitys_date_is_edtf() -> None:
    assert Quantity.of("employees", value=N(1), as_of="2022~").as_of == "2022~"
    with pytest.raises(ValueError, match=r"an EDTF date such as .* got 'FY22'"):
        Quantity.of("employees", value=N(1), as_of="FY22")
