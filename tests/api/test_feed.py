"""The feed remembers which revisions it has read and which values it still has to send."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.feed import Horizon, Subscriber
from db.derived.revisions import WINDOW_S


def test_each_is_admitted_once() -> None:
    horizon = Horizon(3)
    assert horizon.admit([4, 5], 0) == [4, 5]
    assert (horizon.settled, horizon.admit([], 1)) == (5, [])
    assert horizon.admit([7, 8], 2) == [7, 8]
    assert horizon.settled == 5
    assert horizon.admit([7, 8, 9], 3) == [9]
    assert horizon.admit([6, 7, 8, 9], 4) == [6]
    assert horizon.settled == 9


def test_revision_missing_for_longer_than_a_transaction_is_given_up() -> None:
    horizon = Horizon(0)
    horizon.admit([5], 0)
    horizon.admit([3, 5, 9], WINDOW_S - 1)
    assert horizon.settled == 0
    horizon.admit([3, 5, 9], WINDOW_S + 1)
    assert horizon.settled == 5
    assert horizon.admit([6, 9], WINDOW_S + 2) == [6]


@given(st.permutations(range(1, 30)), st.lists(st.integers(0, 10), min_size=30, max_size=30))
def test_each_id_is_admitted_once_in_any_order_of_commits(order: list[int], sizes: list[int]) -> None:
    horizon, committed, admitted = Horizon(0), list[int](), list[int]()
    for size in (*sizes, 30):
        committed += order[len(committed) : len(committed) + size]
        admitted += horizon.admit(sorted(id for id in committed if id > horizon.settled), 0)
    assert sorted(admitted) == list(range(1, 30))
    assert horizon.settled == 29


async def heard(subscriber: Subscriber, count: int) -> list[int]:
    async with asyncio.timeout(5):
        return [await anext(subscriber) for _ in range(count)]


async def test_value_that_changes_again_before_it_was_told_is_told_once() -> None:
    subscriber = Subscriber(None)
    for id in (1, 2, 1, 3, 2):
        subscriber.tell(id)
    subscriber.tell_first([4, 2])
    assert await heard(subscriber, 4) == [4, 2, 1, 3]


async def test_value_that_changes_again_after_it_was_told_is_told_again() -> None:
    subscriber = Subscriber(None)
    for _ in range(2):
        subscriber.tell(1)
        assert await heard(subscriber, 1) == [1]


async def test_waiting_client_is_told_of_the_end() -> None:
    subscriber = Subscriber(None)
    waiting = asyncio.create_task(heard(subscriber, 1))
    await asyncio.sleep(0)
    subscriber.tell(1)
    subscriber.end()
    with pytest.raises(StopAsyncIteration):
        await waiting
