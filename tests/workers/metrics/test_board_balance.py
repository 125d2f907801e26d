"""Industry's share of the board, checked by hand."""

from decimal import Decimal

from db.values.facts import Post
from db.values.quantity import Comparator, Quantity
from db.values.results import Result
from db.values.vocabulary import PostBody, Sector
from tests.workers.facts import about, at_least, exactly, pai
from tests.workers.metrics.results import counts, ends, is_insufficient, shares
from workers.metrics.formulas.board_balance import compute


def board(*seats: tuple[Sector | None, Quantity | int | None], body: PostBody = PostBody.BOARD) -> Result:
    posts = [
        Post(n, body, "seat", sector, exactly(of, "seat") if isinstance(of, int) else of)
        for n, (sector, of) in enumerate(seats, 1)
    ]
    return compute(pai(posts=posts))


def test_known_seats_give_an_exact_share() -> None:
    result = board((Sector.INDUSTRY, 3), (Sector.INDUSTRY, 1), (Sector.CIVIL_SOCIETY, 4), (Sector.ACADEMIA, 2))
    assert ends(result) == (Decimal("0.4"),) * 3
    assert counts(result) == {"INDUSTRY": 4, "CIVIL_SOCIETY": 4, "ACADEMIA": 2}
    assert shares(result) == {"INDUSTRY": "40 %", "CIVIL_SOCIETY": "40 %", "ACADEMIA": "20 %"}
    assert result.substitution == "industry holds 40 % of the board's seats (INDUSTRY 4, CIVIL_SOCIETY 4, ACADEMIA 2)"


def test_seats_of_unknown_constituency_may_be_industrys_or_not() -> None:
    # Industry has at least 3 of 10 seats and at most 3 + 2. Two seats certainly have an unknown sector.
    result = board((Sector.INDUSTRY, 3), (Sector.MEDIA, 5), (Sector.UNKNOWN, 1), (None, 1))
    assert ends(result) == (None, Decimal("0.3"), Decimal("0.5"))
    assert shares(result) == {"INDUSTRY": "30 % to 50 %", "MEDIA": "50 % to 70 %", "UNKNOWN": "20 %"}


def test_rounded_seats_are_least_beside_most_others() -> None:
    # ≈4 means 3.5 to 4.5, so the bounds are 3.5/(3.5 + 6) and 4.5/(4.5 + 6).
    result = board((Sector.INDUSTRY, about(4, "seat")), (Sector.MEDIA, 6))
    assert ends(result) == (None, Decimal("0.3684210526"), Decimal("0.4285714286"))


def test_some_seats_each_leave_the_share_open() -> None:
    some = at_least(1, "seat")
    result = board((Sector.INDUSTRY, some), (Sector.UNKNOWN, some), (Sector.CIVIL_SOCIETY, some))
    assert is_insufficient(result)
    assert result.substitution == (
        "industry may hold anything from 0 % to 100 % of the board's seats (INDUSTRY at least 1, CIVIL_SOCIETY at least"
        " 1, UNKNOWN at least 1)"
    )


def test_post_without_a_number_has_at_least_one_seat() -> None:
    # The others have at least 1 seat, so industry has at most 3 of 4. They have no upper bound.
    assert ends(board((Sector.INDUSTRY, 3), (Sector.MEDIA, None))) == (None, Decimal(0), Decimal("0.75"))


def test_at_most_so_many_others_leave_industry_so_much() -> None:
    most = Quantity.of("seat", Comparator.AT_MOST, upper=Decimal(9))
    assert ends(board((Sector.INDUSTRY, 3), (Sector.MEDIA, most))) == (None, Decimal("0.25"), Decimal(1))


def test_at_most_so_many_are_perhaps_none_and_never_fewer() -> None:
    most = Quantity.of("seat", Comparator.AT_MOST, upper=Decimal(2))
    # Academia has 3 of 3 to 5 seats, and the media have 0 to 2 of them. Industry has none.
    result = board((Sector.ACADEMIA, 3), (Sector.MEDIA, most))
    assert ends(result) == (Decimal(0),) * 3
    assert shares(result) == {"ACADEMIA": "60 % to 100 %", "MEDIA": "0 % to 40 %"}
    # Together academia has all of the 3 to 5 seats.
    assert shares(board((Sector.ACADEMIA, 3), (Sector.ACADEMIA, most))) == {"ACADEMIA": "100 %"}


def test_board_without_industry_has_a_share_of_0() -> None:
    assert ends(board((Sector.MEDIA, 3))) == (Decimal(0),) * 3


def test_only_the_board_counts() -> None:
    assert is_insufficient(board((Sector.INDUSTRY, 3), body=PostBody.ADVISORY))
    assert is_insufficient(board())
    assert is_insufficient(board((Sector.INDUSTRY, 0)))
