"""Selects the tests of `make quick`: those whose code uses no Postgres, no other process and no socket."""

from collections.abc import Iterator
from functools import cache
from inspect import unwrap
from types import CodeType, FunctionType
from typing import Any

import pytest

# Code uses these names to start a process or to listen on a socket. Tests that do either spend most time waiting.
STARTERS = {"EmbeddedRedis", "create_server", "create_subprocess_exec", "subprocess"}


def is_quick(item: pytest.Item) -> bool:
    """Return whether neither the test nor its fixtures start a process or a server.

    The comparison with the naive reference is left out too, because it runs on both databases for a minute.
    """
    if not isinstance(item, pytest.Function) or "postgres" in item.name or "comparison" in item.fixturenames:
        return False
    # pytest has no public API for the fixtures of a test.
    fixtures: Any = item._fixtureinfo.name2fixturedefs.values()  # pyright: ignore[reportPrivateUsage]
    test: Any = item.obj
    return not any(map(_starts, [test, *(one.func for each in fixtures for one in each)]))


@cache
def _starts(function: Any) -> bool:
    """Return whether this code, or code in `tests` that it names, starts a process or a server."""
    seen: set[Any] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        for code, names in _functions(one):
            called = set(_names(code))
            if called & STARTERS:
                return True
            waiting += [names[name] for name in called if _is_ours(names.get(name))]
    return False


def _is_ours(value: Any) -> bool:
    return isinstance(value, FunctionType | type) and value.__module__.startswith("tests.")


def _functions(value: Any) -> Iterator[tuple[CodeType, dict[str, Any]]]:
    """Yield the code of a function, or of each method of a class, with its global names."""
    for one in vars(value).values() if isinstance(value, type) else [value]:
        inner = unwrap(getattr(one, "fget", one))
        if isinstance(inner, FunctionType):
            yield inner.__code__, inner.__globals__


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
