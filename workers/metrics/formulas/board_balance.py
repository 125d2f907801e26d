"""Industry's share of the seats on the board."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import reduce
from typing import Final

from db.values.facts import Facts, Post
from db.values.reads import POSTS
from db.values.results import Result, Slice
from db.values.vocabulary import MetricState, PostBody, Sector
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import Interval, number
from workers.metrics.numbers.share import ALL, NONE, STEP, UNIT, percents, share

_ZERO: Final = Interval.exactly(0)


def compute(facts: Facts) -> Result:
    """Industry's seats divided by all seats. Seats of unknown constituency may belong to industry or not."""
    board = [post for post in facts.posts if post.body is PostBody.BOARD]
    seats = {
        sector: _seats(post for post in board if (post.constituency or Sector.UNKNOWN) is sector) for sector in Sector
    }
    known = {sector: of for sector, of in seats.items() if of.upper != 0}
    if not known:
        return Result(MetricState.INSUFFICIENT_DATA, "no board seats are recorded")
    words = ", ".join(f"{sector.name} {_count(of)}" for sector, of in known.items())
    industry = _share_of(Sector.INDUSTRY, known)
    if (industry.lower, industry.upper) == (NONE, ALL):
        nothing = f"industry may hold anything from 0 % to 100 % of the board's seats ({words})"
        return Result(MetricState.INSUFFICIENT_DATA, nothing)
    return Result(
        MetricState.FRESH,
        f"industry holds {percents(industry)} of the board's seats ({words})",
        share(industry),
        slices=tuple(_slice(sector, known) for sector in known),
    )


def _seats(posts: Iterable[Post]) -> Interval:
    """The total seats of these posts; a post without a stated number has at least one."""
    return reduce(_plus, (_of(post) for post in posts), _ZERO)


def _of(post: Post) -> Interval:
    said = Interval.of(post.seats) if post.seats else Interval(None, ALL, None)
    # If only a maximum is stated, the minimum is 0.
    return said._replace(lower=said.lower or NONE)


def _plus(one: Interval, other: Interval) -> Interval:
    value, lower, upper = (a if a is None else b if b is None else a + b for a, b in zip(one, other, strict=True))
    return Interval(value, lower, upper)


def _share_of(sector: Sector, seats: Mapping[Sector, Interval]) -> Interval:
    """The range of the sector's share, from its fewest seats beside the most of others, to the reverse.

    Seats of unknown constituency count for the others in the lower bound, and for this sector in the upper one.
    """
    mine = seats.get(sector, _ZERO)
    unknown = seats.get(Sector.UNKNOWN, _ZERO) if sector is not Sector.UNKNOWN else _ZERO
    others = reduce(_plus, (of for one, of in seats.items() if one not in (sector, Sector.UNKNOWN)), _ZERO)
    lower = _part(mine.lower, _plus(others, unknown).upper, NONE)
    upper = _part(_plus(mine, unknown).upper, others.lower, ALL)
    exact = lower if lower == upper else None
    return Interval(exact, lower, upper).rounded(STEP)


def _part(mine: Decimal | None, others: Decimal | None, otherwise: Decimal) -> Decimal:
    """The share of `mine` in `mine` and `others`; the limit `otherwise` if one of the two is unbounded."""
    if mine is None or others is None:
        return otherwise
    return mine / (mine + others) if mine + others else otherwise


def _slice(sector: Sector, seats: Mapping[Sector, Interval]) -> Slice:
    least = seats[sector].lower or NONE
    label = sector.name.replace("_", " ").capitalize()
    return Slice(sector.name, label, int(least), share(_share_of(sector, seats)))


def _count(seats: Interval) -> str:
    _, lower, upper = seats
    if lower == upper and lower is not None:
        return number(lower)
    least = number(lower or NONE)
    return f"at least {least}" if upper is None else f"{least} to {number(upper)}"


BOARD_BALANCE: Final = Metric(
    key="board_balance",
    title="Industry's share of the board",
    description=(
        "Industry's share of the seats on the board. A seat counts for the constituency of its post, not for the"
        " sector of its holder. Seats of unknown constituency may belong to industry or not, and a number of seats"
        " may have bounds, so the share may have bounds too. If it could be anything from 0 % to 100 %, there is no"
        " result. The slices count the seats that certainly exist."
    ),
    formula="INDUSTRY seats ÷ all board seats",
    unit=UNIT,
    version=2,
    reads=(POSTS,),
    compute=compute,
)
