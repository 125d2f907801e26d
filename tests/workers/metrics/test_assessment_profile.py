"""The median assessment, checked by hand."""

from decimal import Decimal

from db.values.facts import Assessment
from db.values.partial_date import PartialDate
from db.values.results import Result
from db.values.vocabulary import Rating
from tests.workers.facts import pai
from tests.workers.metrics.results import codes, counts, ends, is_insufficient, shares, value
from workers.metrics.formulas.assessment_profile import compute


def rated(*ratings: Rating, when: str | None = "2024") -> Result:
    during = PartialDate.of(when) if when else None
    return compute(pai(assessments=[Assessment(n, f"D{n}", of, during) for n, of in enumerate(ratings, 1)]))


def test_median_of_the_pages_ratings_is_high() -> None:
    # The ratings in order are moderate, moderate, high, high, very high and very high.
    result = rated(
        Rating.VERY_HIGH, Rating.HIGH, Rating.MODERATE, Rating.HIGH, Rating.MODERATE, Rating.VERY_HIGH, when=None
    )
    assert (value(result).display, value(result).unit) == ("High", "rating")
    assert ends(result) == (Decimal(4),) * 3
    assert counts(result) == {"VERY_HIGH": 2, "HIGH": 2, "MODERATE": 2}
    assert shares(result)["HIGH"] == "33.33 %"
    assert result.substitution == "the median of 6 ratings (2 VERY_HIGH, 2 HIGH, 2 MODERATE) is High"
    assert codes(result) == ["UNDATED_INPUT"]
    assert [str(one.node) for one in result.inputs] == [f"Assessment:{n}" for n in range(1, 7)]


def test_median_of_two_unlike_ratings_lies_between_them() -> None:
    result = rated(Rating.VERY_LOW, Rating.HIGH)
    assert ends(result) == (None, Decimal(1), Decimal(4))
    assert value(result).display == "Very low to High"
    assert codes(result) == []


def test_median_of_an_odd_number_is_the_one_in_the_middle() -> None:
    assert value(rated(Rating.LOW, Rating.VERY_HIGH, Rating.LOW)).display == "Low"


def test_no_assessment_is_insufficient_data() -> None:
    assert is_insufficient(rated())
