"""The chief executive and the board."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Final

from tests.chaos.oracle.numbers import INSUFFICIENT, MONEY, SHARE, Derived, Number, Span, lasts, round_number
from tests.chaos.oracle.record import Post, Record

YEAR: Final = Fraction("365.2425")
CHIEF: Final = re.compile(r"\bceo\b|chief executive|executive director", re.IGNORECASE)
NOTHING: Final = Number(Fraction(0), Fraction(0), Fraction(0))


def tenure(record: Record) -> Derived:
    """Return the years since the latest start among today's chief executives."""
    posts = [post for post in record.posts if post.body == "EXECUTIVE" and CHIEF.search(post.label)]
    held = [start for post in posts for start, end in post.tenures if _is_held(start, end, record.today)]
    start = max(held, key=lambda start: start.earliest or date.min if start else date.min, default=None)
    if start is None or start.latest is None:
        return INSUFFICIENT
    latest = min(start.latest, record.today)
    lower, upper = ((record.today - day).days / YEAR if day else None for day in (latest, start.earliest))
    return Derived("FRESH", round_number(MONEY, lower if lower == upper else None, lower, upper))


def _is_held(start: Span | None, end: Span | None, today: date) -> bool:
    begun = start is None or start.earliest is None or start.earliest <= today
    return begun and lasts(end, today)


def board(record: Record) -> Derived:
    """Return industry's share of the board's seats, and every sector's share."""
    sectors: dict[str, list[Post]] = defaultdict(list)
    for post in record.posts:
        if post.body == "BOARD":
            sectors[post.constituency].append(post)
    seats = {sector: of for sector, posts in sectors.items() if (of := _seats(posts)).upper != 0}
    share = _share("INDUSTRY", seats)
    if not seats or share[1:] == (0, 1):
        return INSUFFICIENT
    parts = sorted((sector, int(of.lower or 0), _share(sector, seats)) for sector, of in seats.items())
    return Derived("FRESH", share, tuple(parts))


def _seats(posts: Iterable[Post]) -> Number:
    """Return the number of seats of these posts.

    A post without a claimed number has at least one seat. A post with only an upper bound may have none.
    """
    numbers = [post.seats or Number(None, Fraction(1), None) for post in posts]
    lower = sum((of.lower or Fraction(0) for of in numbers), Fraction(0))
    return Number(_sum(of.value for of in numbers), lower, _sum(of.upper for of in numbers))


def _share(sector: str, seats: Mapping[str, Number]) -> Number:
    """Return a sector's share of the seats.

    It is lowest if all others have the most seats, and highest if they have the fewest and all seats of unknown sector
    belong to this one.
    """
    mine = seats.get(sector, NOTHING)
    hidden = NOTHING if sector == "UNKNOWN" else seats.get("UNKNOWN", NOTHING)
    others = [of for one, of in seats.items() if one not in (sector, "UNKNOWN")]
    lower = _part(mine.lower or Fraction(0), _sum(of.upper for of in (hidden, *others)), 0)
    upper = _part(_sum((mine.upper, hidden.upper)), sum((of.lower or 0 for of in others), Fraction(0)), 1)
    return round_number(SHARE, lower if lower == upper else None, lower, upper)


def _sum(ends: Iterable[Fraction | None]) -> Fraction | None:
    """Return the sum, or None if one of the ends is open."""
    found = list(ends)
    return None if None in found else sum((end for end in found if end is not None), Fraction(0))


def _part(mine: Fraction | None, others: Fraction | None, otherwise: int) -> Fraction | int:
    return otherwise if mine is None or others is None or not mine + others else mine / (mine + others)


FORMULAS: Final = {
    "board_balance": board,
    "ceo_tenure": tenure,
}
