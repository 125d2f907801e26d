"""Selects the tests of `make quick`: those whose code uses no Postgres, no other process and no socket."""

from collections.abc import Iterator
from functools import cache
from inspect import unwrap
from types import CodeType, FunctionType
from typing import Any

import pytest

# The names with which code starts a process or listens on a socket. Tests of either kind mostly wait.
STARTERS = {"EmbeddedRedis", "create_server", "create_subprocess_exec", "subprocess"}


def is_quick(item: pytest.Item) -> bool:
    """Whether the test and its fixtures start no process and no server.

    The comparison with the naive reference is left out too: it runs on both databases at once, for a minute.
    """
    if not isinstance(item, pytest.Function) or "postgres" in item.name or "comparison" in item.fixturenames:
        return False
    # pytest has no public way to a test's fixtures.
    fixtures: Any = item._fixtureinfo.name2fixturedefs.values()  # pyright: ignore[reportPrivateUsage]
    test: Any = item.obj
    return not any(map(_starts, [test, *(one.func for each in fixtures for one in each)]))


@cache
def _starts(function: Any) -> bool:
    """Whether this code, or code in `tests` that it names, starts a process or a server."""
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
    """The code of a function, or of each method of a class, with the names that it finds around it."""
    for one in vars(value).values() if isinstance(value, type) else [value]:
        inner = unwrap(getattr(one, "fget", one))
        if isinstance(inner, FunctionType):
            yield inner.__code__, inner.__globals__


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
