"""The cache: what it stores and what it evicts first."""

from schema.cache import Cache


def kept(cache: Cache[str, str], *keys: str) -> list[bool]:
    return [cache.get(key) is not None for key in keys]


def test_least_recently_used_goes_first() -> None:
    cache: Cache[str, str] = Cache(2, 100, len)
    cache.put("a", "1")
    cache.put("b", "2")
    cache.get("a")
    cache.put("c", "3")
    assert kept(cache, "a", "b", "c") == [True, False, True]


def test_as_many_go_as_must_make_room() -> None:
    cache: Cache[str, str] = Cache(100, 10, len)
    for key in "abc":
        cache.put(key, "xxx")
    cache.put("d", "x" * 6)
    assert kept(cache, "a", "b", "c", "d") == [False, False, True, True]
    assert (len(cache), cache.size) == (2, 9)


def test_entry_without_room_is_returned_and_evicts_nothing() -> None:
    cache: Cache[str, str] = Cache(100, 10, len)
    cache.put("a", "x")
    assert cache.put("b", "x" * 11) == "x" * 11
    assert kept(cache, "a", "b") == [True, False]
    assert cache.size == 1


def test_another_value_under_the_same_key_takes_the_first_ones_room() -> None:
    cache: Cache[str, str] = Cache(100, 10, len)
    cache.put("a", "x" * 8)
    cache.put("a", "x" * 9)
    assert (len(cache), cache.size) == (1, 9)


def test_hits_and_misses_are_counted() -> None:
    cache: Cache[str, str] = Cache(100, 10, len)
    cache.get("a")
    cache.put("a", "x")
    cache.get("a")
    cache.get("a")
    assert (cache.hits, cache.misses) == (2, 1)
