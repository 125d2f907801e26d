"""Extended Date/Time Format, levels 0 and 1 (ISO 8601-2): the days that a partial date may mean."""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Final

WANTED: Final = 'an EDTF date such as "2016", "2016-09", "2022~", "2021-10/.." or "../2020"'

# Level 1 allows unspecified digits from the right only. We parse it ourselves because the edtf package also accepts
# level 2 and blanks, ends winter with December, and raises AttributeError for "2016-0X".
_DATE: Final = re.compile(
    r"""(?: (?P<years> \d{3}X | \d\dXX | \dXXX )
          | (?P<year> \d{4} ) (?: -(?P<month> \d\d ) (?: -(?P<day> \d\d | XX ) )? | -XX(?:-XX)? )? ) [?~%]?""",
    re.ASCII | re.VERBOSE,
)

# The first and last month on the northern hemisphere. Winter ends with February of the next year.
_SEASONS: Final = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 14)}


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[date | None, date | None]:
    """Return the first and last day that `text` may mean, both inclusive; None if that side is open or unknown.

    An interval runs from the earliest day of its start to the latest day of its end. Days are 0001-01-02 to 9999-12-30.
    Seasons are meteorological, on the northern hemisphere. Raises `ValueError`.
    """
    ends = text.split("/")
    if len(ends) > 2 or all(_is_open(end) for end in ends):
        raise ValueError(f"expected {WANTED}, got {text[:80]!r}")
    try:
        earliest, latest = (None if _is_open(end) else _days(end) for end in (ends[0], ends[-1]))
    except ValueError as error:
        raise ValueError(f"expected {WANTED}, got {text[:80]!r}") from error
    # The Postgres driver reads `date.min` and `date.max` as infinities.
    if date.min in (earliest or ()) or date.max in (latest or ()):
        raise ValueError(f"expected {WANTED} from 0001-01-02 to 9999-12-30, got {text[:80]!r}")
    if earliest and latest and earliest[0] > latest[1]:
        raise ValueError(f"expected an interval that does not end before it starts, got {text[:80]!r}")
    return earliest and earliest[0], latest and latest[1]


def _is_open(end: str) -> bool:
    return end in ("", "..")


def _days(text: str) -> tuple[date, date]:
    """The first and last day of one end of an interval: a date or a season."""
    if (match := _DATE.fullmatch(text)) is None:
        raise ValueError(text)
    if years := match["years"]:
        return date(int(years.replace("X", "0")), 1, 1), date(int(years.replace("X", "9")), 12, 31)
    year, month, day = int(match["year"]), int(match["month"] or 0), match["day"]
    if day and day != "XX":
        return date(year, month, int(day)), date(year, month, int(day))
    if day is None and month in _SEASONS:
        first, last = _SEASONS[month]
        return _month(year, first)[0], _month(year + last // 13, (last - 1) % 12 + 1)[1]
    if match["month"] is None:
        return date(year, 1, 1), date(year, 12, 31)
    return _month(year, month)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])
