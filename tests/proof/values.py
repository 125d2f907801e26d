"""Hostile values: quotes, large numbers, early and late dates, and characters that drivers treat specially."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple


class Day(NamedTuple):
    """A partial date: its EDTF text, and the earliest and latest day that it may mean. None is an open end."""

    edtf: str
    earliest: date | None
    latest: date | None


class Number(NamedTuple):
    """A quantity. Its enums are stored by name."""

    value: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    unit: str
    currency: str | None
    comparator: str
    bounds_basis: str
    display: str
    as_of: str | None


TEXTS: Final = (
    "",
    " ",
    "'",
    '"',
    "\\",
    "\\\\'",
    "'\"\\\"'",
    "''; DROP TABLE organization; --",
    '","x":"',
    "}]}",
    "\x01\x02\x1f\x7f\x80\x9f",
    "\b\f\n\r\t",
    "a\r\nb",
    "\u2028\u2029\u0085",
    "😀",
    "👩\u200d👩\u200d👧",
    "\ufeff\ufffd\uffff\U0010ffff",
    "e\u0301",
    "é",
    "ß",
    "İ",
    "%_\\%",
    "%s %(a)s %%",
    ":name $1 ? {} {0} ${x}",
    "\\u0041\\n\\x00",
    "null",
    "-0",
    "1e5",
    "</script>",
    "zeta",
    "Zeta",
    "Ä" * 300,
)

# There are few names, so that rows tie. Some begin with or contain others, or differ only in case.
NAMES: Final = ("alpha", "Alpha", "alpha", "alphabet", "", "Ä", "'", '"', "\\", "😀", "\u2028", "%", "z\x01", "zz")

DECIMALS: Final = tuple(
    Decimal(text)
    for text in (
        "0",
        "-0",
        "-0.00",
        "1",
        "1.0",
        "1.10",
        "9",
        "10",
        "100",
        "1E+3",
        "1E-7",
        "-1.5",
        "-10",
        "-9",
        "0.1",
        "0.10000000000000000001",
        "0.30000000000000004",
        "2.50",
        "9007199254740992",
        "9007199254740993",
        "9223372036854775808",
        "123456789012345678901234567890.123456789012345678901234567890",
        "1E+99",
        "9.99E-99",
    )
)

DAYS: Final = (
    Day("0001-01-02", date(1, 1, 2), date(1, 1, 2)),
    Day("0999", date(999, 1, 1), date(999, 12, 31)),
    Day("1582-10-10", date(1582, 10, 10), date(1582, 10, 10)),
    Day("1969-12", date(1969, 12, 1), date(1969, 12, 31)),
    Day("19XX", date(1900, 1, 1), date(1999, 12, 31)),
    Day("2000-02-29", date(2000, 2, 29), date(2000, 2, 29)),
    Day("2016-09~", date(2016, 9, 1), date(2016, 9, 30)),
    Day("2016?", date(2016, 1, 1), date(2016, 12, 31)),
    Day("2016-24", date(2016, 12, 1), date(2017, 2, 28)),
    Day("2018/2020", date(2018, 1, 1), date(2020, 12, 31)),
    Day("2020-06-15/..", date(2020, 6, 15), None),
    Day("../2019", None, date(2019, 12, 31)),
    Day("/2021-02", None, date(2021, 2, 28)),
    Day("2099", date(2099, 1, 1), date(2099, 12, 31)),
    Day("9999-12-30", date(9999, 12, 30), date(9999, 12, 30)),
)

MOMENTS: Final = (
    datetime(1, 1, 1, 0, 0, 0, 1, UTC),
    datetime(999, 12, 31, 23, 59, 59, 999999, UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2016, 9, 28, 12, 30, 0, 100000, UTC),
    datetime(2016, 9, 28, 12, 30, 0, 123, UTC),
    datetime(2016, 9, 28, 12, 30, 0, 0, UTC),
    datetime(2038, 1, 19, 3, 14, 8, 500000, UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999998, UTC),
)

# Every kind of JSON value. The keys are sorted neither by text nor by length.
JSONS: Final = (
    {"z": 1, "a": None, "name": 'quote " backslash \\ line\nend', "😀": "\u2028"},
    {},
    [],
    {"deep": [{"er": [[], {}, [None, True, False]]}]},
    [9223372036854775807, -9223372036854775808, 0.1, -1.5e300, 12345678901234567890],
    "a text",
    0,
    False,
)

LISTS: Final = ([], [""], ["a", "a"], ['"', "\\", "'", "\n"], ["😀", "\u2028", "é"], ["],[", "null"])

# Ids that a float or a GraphQL Int cannot tell apart.
LARGE: Final = (2**31, 2**53, 2**53 + 1, 2**63 - 1)

# These include the limits of a GraphQL Int.
INTS: Final = (1, 2, 2**31 - 1, -(2**31), 0, 7)


def format_decimal(number: Decimal) -> str:
    """Format a decimal without an exponent, trailing zeros or the sign of zero."""
    whole, _, fraction = f"{number:f}".partition(".")
    text = f"{whole}.{fraction.rstrip('0')}".rstrip(".")
    return text.removeprefix("-") if number == 0 else text


def format_moment(value: datetime) -> str:
    """Format a moment in UTC with microseconds."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def to_json(value: Any) -> Any:
    """Return a value as it appears in JSON."""
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, datetime):
        return format_moment(value)
    return value.isoformat() if isinstance(value, date) else value
