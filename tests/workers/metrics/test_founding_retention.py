"""Founders that have stayed, checked by hand."""

from decimal import Decimal

from db.values.facts import Partners
from db.values.results import Result
from tests.workers.facts import pai
from tests.workers.metrics.results import counts, ends, is_insufficient, shares
from workers.metrics.formulas.founding_retention import compute


def retention(founders: int, presumed: int, confirmed: int) -> Result:
    return compute(
        pai(partnerships=Partners(founders=founders, founders_presumed=presumed, founders_confirmed=confirmed))
    )


def test_retention_lies_between_the_confirmed_and_the_presumed() -> None:
    # Of 8 founders, 1 has left and 2 are confirmed, so the share is 2/8 to 7/8.
    result = retention(8, 7, 2)
    assert ends(result) == (None, Decimal("0.25"), Decimal("0.875"))
    assert counts(result) == {"PRESUMED": 7, "CONFIRMED": 2, "LEFT": 1}
    assert shares(result) == {"PRESUMED": "87.5 %", "CONFIRMED": "25 %", "LEFT": "12.5 %"}


def test_retention_is_exact_where_all_that_are_presumed_are_confirmed() -> None:
    assert ends(retention(8, 6, 6)) == (Decimal("0.75"),) * 3
    assert ends(retention(8, 0, 0)) == (Decimal(0),) * 3


def test_without_listed_founders_nothing_is_known() -> None:
    assert is_insufficient(retention(0, 0, 0))
