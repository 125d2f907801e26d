"""The chief executive's time in office, checked by hand."""

from datetime import date
from decimal import Decimal

from db.values.facts import Post, Tenure
from db.values.partial_date import PartialDate
from db.values.results import Result
from db.values.vocabulary import PostBody
from tests.workers.facts import pai
from tests.workers.metrics.results import codes, ends, is_insufficient, value
from workers.metrics.formulas.ceo_tenure import compute

TODAY = date(2026, 11, 22)


def tenure(start: str | None, end: str | None = None) -> Tenure:
    return Tenure(1, PartialDate.of(start) if start else None, PartialDate.of(end) if end else None)


def office(*held: Tenure, label: str = "CEO", body: PostBody = PostBody.EXECUTIVE) -> Result:
    return compute(pai(posts=[Post(1, body, label, None, None, held)], today=TODAY))


def test_month_of_the_start_gives_bounds() -> None:
    # From 2021-10-31 to 2026-11-22 it is 1,848 days or 5.0596 years; from 2021-10-01 it is 1,878 days or 5.1418 years.
    result = office(tenure("2021-10"))
    assert ends(result) == (None, Decimal("5.06"), Decimal("5.14"))
    assert (value(result).display, value(result).unit, value(result).as_of) == (
        "5.06 to 5.14 years",
        "year",
        "2026-11-22",
    )
    assert codes(result) == ["APPROXIMATE_INPUT"]


def test_day_of_the_start_gives_an_exact_length() -> None:
    # From 2025-11-22 it is 365 days or 0.9993 years.
    result = office(tenure("2025-11-22"))
    assert ends(result) == (Decimal("1.00"),) * 3
    assert codes(result) == []


def test_start_this_year_may_have_been_today() -> None:
    # From 2026-01-01 it is 325 days or 0.8898 years.
    assert ends(office(tenure("2026"))) == (None, Decimal(0), Decimal("0.89"))


def test_start_before_some_day_bounds_the_length_from_below() -> None:
    # From 2020-12-31 it is 2,152 days or 5.8920 years.
    assert ends(office(tenure("../2020"))) == (None, Decimal("5.89"), None)


def test_present_chief_is_the_one_who_started_last() -> None:
    result = office(tenure("2015"), tenure("2025-11-22"), tenure("2027"), tenure("2018", "2020"))
    assert ends(result) == (Decimal("1.00"),) * 3


def test_tenure_that_ends_today_is_a_present_one() -> None:
    assert ends(office(tenure("2025-11-22", "2026-11-22"))) == (Decimal("1.00"),) * 3
    assert is_insufficient(office(tenure("2025-11-22", "2026-11-21")))


def test_title_tells_the_post() -> None:
    for label in ("CEO", "President & CEO", "Chief Executive Officer", "Executive Director", "Chair/CEO"):
        assert value(office(tenure("2025-11-22"), label=label))
    for label in ("CFO", "Director of Research", "Oceanographer"):
        assert office(tenure("2025-11-22"), label=label).substitution == "no chief executive post is recorded"
    assert is_insufficient(office(tenure("2025-11-22"), body=PostBody.BOARD))


def test_vacant_post_and_unknown_start_are_insufficient_data() -> None:
    assert office().substitution == "no current chief executive is recorded"
    for start in (None, "2020/.."):
        result = office(tenure(start))
        assert is_insufficient(result)
        assert result.substitution == "the current chief executive's start date is not recorded"
