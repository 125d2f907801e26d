"""The days that an EDTF date may mean."""

from datetime import date

import pytest

from db.values.edtf import parse
from db.values.partial_date import PartialDate


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2016", "2016-01-01", "2016-12-31"),
        ("2016-09", "2016-09-01", "2016-09-30"),
        ("2016-09-28", "2016-09-28", "2016-09-28"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("0001-02", "0001-02-01", "0001-02-28"),
        ("9999-11", "9999-11-01", "9999-11-30"),
        ("2022~", "2022-01-01", "2022-12-31"),
        ("2022-05?", "2022-05-01", "2022-05-31"),
        ("2022-05-03%", "2022-05-03", "2022-05-03"),
        ("201X", "2010-01-01", "2019-12-31"),
        ("20XX~", "2000-01-01", "2099-12-31"),
        ("2XXX", "2000-01-01", "2999-12-31"),
        ("2016-XX", "2016-01-01", "2016-12-31"),
        ("2016-XX-XX", "2016-01-01", "2016-12-31"),
        ("2015-02-XX", "2015-02-01", "2015-02-28"),
        ("2016-21", "2016-03-01", "2016-05-31"),
        ("2016-22", "2016-06-01", "2016-08-31"),
        ("2016-23", "2016-09-01", "2016-11-30"),
        ("2015-24", "2015-12-01", "2016-02-29"),
    ],
)
def test_a_date_means_the_days_of_its_precision(text: str, earliest: str, latest: str) -> None:
    assert parse(text) == (date.fromisoformat(earliest), date.fromisoformat(latest))


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2016/2018", date(2016, 1, 1), date(2018, 12, 31)),
        ("2016-09~/2018-XX", date(2016, 9, 1), date(2018, 12, 31)),
        ("2016/2016-05", date(2016, 1, 1), date(2016, 5, 31)),
        ("2021-10/..", date(2021, 10, 1), None),
        ("2021-10/", date(2021, 10, 1), None),
        ("../2020", None, date(2020, 12, 31)),
        ("/2020", None, date(2020, 12, 31)),
    ],
)
def test_interval_spans_the_first_day_of_its_start_to_the_last_day_of_its_end(
    text: str, earliest: date | None, latest: date | None
) -> None:
    assert parse(text) == (earliest, latest)


NONSENSE = [
    *("", " ", "..", "/", "../..", "../", "16", "2016-1", "2016/2018/2020", "/2016/", "-", "next year", "XXXX"),
    *("2016-13", "2016-00", "2016-02-30", "2015-02-29", "2016-09-31", "0000", "0001", "9999", "9999-12-31", "9999-24"),
    *(" 2016", "2016 ", "2016\n", "2016 / 2018", "201\uff16", "\u0662016", "2016\0"),
    *("2016?~", "2016/open", "2016-09-28T10:00:00Z", "-0044", "Y12016"),
    # EDTF level 2.
    *("1X16", "201X-05", "2016-XX-05", "2016-0X", "2016-25", "2016S2", "2016?-09", "?2016", "[2016,2017]"),
]


@pytest.mark.parametrize("text", NONSENSE)
def test_text_that_is_not_edtf_level_0_or_1_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="an EDTF date such as") as error:
        parse(text)
    assert str(error.value).endswith(f"got {text!r}")


def test_a_date_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected an interval that does not end before it starts, got '2020/2016'"):
        parse("2020/2016")


def test_a_long_text_is_refused_without_repeating_it_all() -> None:
    with pytest.raises(ValueError, match="got 'abc") as error:
        parse("abc" * 100_000)
    assert len(str(error.value)) < 200


def test_a_partial_date_keeps_the_words() -> None:
    assert PartialDate.of("2022~") == PartialDate("2022~", date(2022, 1, 1), date(2022, 12, 31))
