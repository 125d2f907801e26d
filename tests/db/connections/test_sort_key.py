"""Sort keys: texts that sort like the decimals."""

from decimal import Decimal

from hypothesis import given
from hypothesis.strategies import decimals

from db.connections.sort_key import sort_key_text
from db.values.notation import plain

DECIMALS = decimals(min_value=-(10**30), max_value=10**30, allow_nan=False, places=12) | decimals(
    min_value=-2, max_value=2, allow_nan=False, places=2
)


@given(DECIMALS, DECIMALS)
def test_sort_keys_compare_like_the_numbers(one: Decimal, other: Decimal) -> None:
    first, second = sort_key_text(plain(one)), sort_key_text(plain(other))
    assert first is not None
    assert second is not None
    assert (first < second, first == second) == (one < other, one == other)


def test_null_stays_null() -> None:
    assert sort_key_text(None) is None
