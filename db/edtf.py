"""Extended Date/Time Format, levels 0 and 1 (ISO 8601-2): which days a partial date may mean."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final

from edtf import EDTFParseException, parse_edtf
from edtf.parser.parser_classes import Date, Season, UncertainOrApproximate, Unspecified

WANTED: Final = 'an EDTF date such as "2016", "2016-09", "2022~", "2021-10/.." or "../2020"'


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[date | None, date | None]:
    """The earliest and the latest day that `text` may mean, both inclusive; None where that side is open or unknown.

    An interval runs from the earliest day of its start to the latest day of its end. Raises `ValueError`.
    """
    ends = text.split("/")
    if len(ends) > 2 or all(_is_open(end) for end in ends):
        raise ValueError(f"{WANTED} is wanted, got {text!r}")
    earliest, latest = _day(ends[0], text, "lower_strict"), _day(ends[-1], text, "upper_strict")
    if earliest and latest and earliest > latest:
        raise ValueError(f"a date must not end before it starts, got {text!r}")
    return earliest, latest


def _is_open(end: str) -> bool:
    return end in ("", "..")


def _day(end: str, text: str, bound: str) -> date | None:
    # Intervals are split here because the library invents ten years for an unknown end.
    if _is_open(end):
        return None
    try:
        parsed: Any = parse_edtf(end)
        if not isinstance(parsed, (Date, UncertainOrApproximate, Unspecified, Season)):
            raise ValueError(end)
        nearest: Callable[[], tuple[int, ...]] = getattr(parsed, bound)
        return date(*nearest()[:3])
    except (EDTFParseException, ValueError) as error:
        raise ValueError(f"{WANTED} is wanted, got {text!r}") from error
