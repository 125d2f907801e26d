"""Conflicts between claims."""

import pytest

from db.values.facts import Claim, Property, Value
from db.values.partial_date import PartialDate
from db.values.reference import Reference
from db.values.results import Conflict
from db.values.vocabulary import Rank, ValueStatus
from tests.workers.facts import about, at_least, claim, exactly
from workers.metrics.claims.conflicts import conflicts


def only(*claims: Claim) -> Conflict:
    (conflict,) = conflicts(claims)
    return conflict


def day(edtf: str) -> PartialDate:
    return PartialDate.of(edtf)


def test_seven_founders_and_six_contradict_each_other() -> None:
    claims = [claim(id, "FOUNDER_COUNT", exactly(count)) for id, count in ((1, 7), (2, 7), (3, 6))]
    conflict = only(*claims)
    assert not conflict.compatible
    assert conflict.explanation == "Founder count: 7 (2 claims) and 6 contradict each other."
    assert conflict.claims == tuple(claims)
    assert conflict.chosen is claims[2]


def test_more_than_a_hundred_partners_and_128_can_both_be_true() -> None:
    conflict = only(
        claim(1, "PARTNER_COUNT", at_least(100)),
        claim(2, "PARTNER_COUNT", at_least(100)),
        claim(3, "PARTNER_COUNT", exactly(128), "2024"),
    )
    assert conflict.compatible
    assert conflict.explanation == ("Partner count: at least 100 (2 claims) and 128 (as of 2024) can be true together.")
    assert conflict.chosen is conflict.claims[2]


def test_unlike_words_contradict_each_other() -> None:
    conflict = only(claim(1, "FRONTIER_LAB_PARTICIPATION", "MOST"), claim(2, "FRONTIER_LAB_PARTICIPATION", "ALL"))
    assert not conflict.compatible
    assert conflict.explanation == "Frontier lab participation: “MOST” and “ALL” contradict each other."


def test_three_claims_are_listed_in_one_sentence() -> None:
    conflict = only(*(claim(id, "UNIQUENESS", text) for id, text in enumerate(("UNIQUE", "ONLY", "ONE_OF_FEW"), 1)))
    assert conflict.explanation == "Uniqueness: “UNIQUE”, “ONLY” and “ONE_OF_FEW” contradict each other."


@pytest.mark.parametrize(
    ("one", "other", "compatible"),
    [
        (day("2016"), day("2016-09"), True),
        (day("2016-10"), day("2016-09"), False),
        (about(37), exactly("37.4"), True),
        (about(37), exactly(40), False),
        (at_least(100), at_least(120), True),
        (exactly(5, "USD", currency="USD"), exactly(5, "EUR", currency="EUR"), False),
        (Reference("Organization", 3), Reference("Organization", 4), False),
        ("a", "b", False),
    ],
)  # fmt: skip
def test_compatibility_of_values(one: Value, other: Value, compatible: bool) -> None:
    assert only(claim(1, "P", one), claim(2, "P", other)).compatible is compatible


@pytest.mark.parametrize(("one", "other", "compatible"), [("2022", "2024", True), ("2022", "2022-05", False)])
def test_values_of_different_times_can_both_be_true(one: str, other: str, compatible: bool) -> None:
    assert only(claim(1, "P", exactly(37), one), claim(2, "P", exactly(40), other)).compatible is compatible


def test_values_of_which_one_is_undated_are_taken_to_be_of_one_time() -> None:
    assert not only(claim(1, "P", exactly(37), "2022"), claim(2, "P", exactly(40))).compatible


@pytest.mark.parametrize(
    ("status", "other", "compatible"),
    [
        (ValueStatus.SOME_VALUE, ValueStatus.VALUE, True),
        (ValueStatus.NO_VALUE, ValueStatus.VALUE, False),
        (ValueStatus.NO_VALUE, ValueStatus.SOME_VALUE, False),
    ],
)
def test_unknown_value_agrees_with_any_and_none_with_no_other(
    status: ValueStatus, other: ValueStatus, compatible: bool
) -> None:
    value = "words" if other is ValueStatus.VALUE else None
    conflict = only(claim(1, "P", None, value_status=status), claim(2, "P", value, value_status=other))
    assert conflict.compatible is compatible
    assert "value" in conflict.explanation


def test_same_value_in_other_words_is_no_conflict() -> None:
    assert conflicts([claim(1, "P", exactly(7, display="7")), claim(2, "P", exactly("7.0", display="seven"))]) == []


def test_deprecated_claims_are_out_of_the_argument() -> None:
    assert conflicts([claim(1, "P", exactly(7)), claim(2, "P", exactly(6), rank=Rank.DEPRECATED)]) == []


def test_multivalued_property_may_have_several_values() -> None:
    areas = Property(1, "FOCUS_AREA", "Focus area", multivalued=True)
    subject = Reference("Organization", 1)
    assert conflicts([Claim(1, subject, areas, "AI and labor"), Claim(2, subject, areas, "synthetic media")]) == []


def test_each_subject_and_property_is_judged_by_itself() -> None:
    workstream = Reference("Workstream", 1)
    assert conflicts([claim(1, "P", "a"), claim(2, "Q", "b"), claim(3, "P", "c", subject=workstream)]) == []


def test_preferred_claim_is_chosen() -> None:
    conflict = only(claim(1, "P", exactly(7), rank=Rank.PREFERRED), claim(2, "P", exactly(6)))
    assert conflict.chosen is conflict.claims[0]


def test_nothing_is_chosen_where_no_claim_says_a_value() -> None:
    conflict = only(
        claim(1, "P", None, value_status=ValueStatus.SOME_VALUE), claim(2, "P", None, value_status=ValueStatus.NO_VALUE)
    )
    assert conflict.chosen is None


def test_units_are_told_where_they_differ_and_ranges_where_they_are_rounded() -> None:
    assert only(claim(1, "P", exactly(5, "person")), claim(2, "P", exactly(5, "post"))).explanation == (
        "P: 5 person and 5 post contradict each other."
    )
    assert only(claim(1, "P", about(37)), claim(2, "P", exactly(40))).explanation == (
        "P: ≈37 (36.5 to 37.5) and 40 contradict each other."
    )
