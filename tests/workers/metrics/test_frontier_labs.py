"""Participation of frontier labs."""

from decimal import Decimal
from typing import Any

import pytest

from db.values.facts import Claim
from db.values.reference import Reference
from db.values.vocabulary import MetricState, Rank, ValueStatus
from tests.workers.facts import claim, pai
from tests.workers.metrics.results import codes, counts, ends, is_insufficient, value
from workers.metrics.formulas.frontier_labs import compute

SAID = "FRONTIER_LAB_PARTICIPATION"


def lab(id: int, organization: int) -> Claim:
    return claim(id, "FRONTIER_LAB", Reference("Organization", organization))


@pytest.mark.parametrize(
    ("word", "bounds", "display"),
    [
        ("ALL", ("1", "1", "1"), "100 %"),
        ("MOST", (None, "0.5", "1"), "50 % to 100 %"),
        ("SOME", (None, "0", "1"), "0 % to 100 %"),
        ("NONE", ("0", "0", "0"), "0 %"),
    ],
)
def test_words_have_bounds(word: str, bounds: Any, display: str) -> None:
    result = compute(pai(claim(1, SAID, word, "2024")))
    assert ends(result) == tuple(None if end is None else Decimal(end) for end in bounds)
    assert (value(result).display, value(result).as_of) == (display, "2024")
    assert codes(result) == []


def test_contradicting_words_are_warned_of() -> None:
    result = compute(pai(claim(1, SAID, "MOST"), claim(2, SAID, "ALL")))
    (warning,) = result.warnings
    assert (warning.code, [str(node) for node in warning.about]) == ("CONFLICTING_INPUT", ["Claim:2", "Claim:1"])
    assert [(str(one.node), one.excluded, one.reason) for one in result.inputs] == [
        ("Claim:1", True, "Claim:2 was added later"),
        ("Claim:2", False, "it says “ALL”"),
    ]


def test_named_labs_are_counted_beside_the_words() -> None:
    result = compute(pai(claim(1, SAID, "MOST"), lab(2, 20), lab(3, 30), lab(4, 40), labs={20, 40}))
    assert ends(result) == (None, Decimal("0.5"), Decimal(1))
    assert counts(result) == {"LISTED": 2, "NOT_LISTED": 1}
    assert result.substitution.endswith(
        "; 2 of 3 named labs listed as partners, directly or through a parent or predecessor"
    )


def test_without_words_the_listed_of_the_named_labs_are_the_least() -> None:
    # A lab that is not listed may still be a partner.
    assert ends(compute(pai(lab(1, 20), lab(2, 30), lab(3, 40), lab(4, 50), labs={20}))) == (
        None, Decimal("0.25"), Decimal(1),
    )  # fmt: skip
    assert ends(compute(pai(lab(1, 20), lab(2, 30), labs={20, 30}))) == (Decimal(1),) * 3


def test_lab_that_is_named_twice_counts_once() -> None:
    assert counts(compute(pai(lab(1, 20), lab(2, 20), lab(3, 30), labs={20}))) == {"LISTED": 1, "NOT_LISTED": 1}


def test_lab_that_is_named_no_longer_is_left_out() -> None:
    deprecated = claim(2, "FRONTIER_LAB", Reference("Organization", 30), rank=Rank.DEPRECATED)
    result = compute(pai(lab(1, 20), deprecated, labs={30}))
    assert counts(result) == {"LISTED": 0, "NOT_LISTED": 1}
    assert [(str(one.node), one.excluded, one.reason) for one in result.inputs] == [
        ("Claim:1", False, "the lab is not listed as a partner"),
        ("Claim:2", True, "its rank is DEPRECATED"),
    ]
    assert is_insufficient(compute(pai(deprecated)))


def test_words_of_no_known_meaning_are_left_out() -> None:
    result = compute(pai(claim(1, SAID, "a good many"), claim(2, SAID, None, value_status=ValueStatus.SOME_VALUE)))
    assert is_insufficient(result)
    assert [one.reason for one in result.inputs] == [
        "expected one of ALL, MOST, SOME, NONE, got “a good many”",
        "its value is SOME_VALUE",
    ]


def test_nothing_claimed_is_insufficient_data() -> None:
    result = compute(pai())
    assert result.state is MetricState.INSUFFICIENT_DATA
    assert result.substitution == "no FRONTIER_LAB_PARTICIPATION or FRONTIER_LAB claim can be used"
