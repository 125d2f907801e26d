"""Five ways to break the compiler. The comparison must notice each of them."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from schema.compile import leaf, source
from schema.compile.dialect import DIALECTS
from schema.compile.listing import Listing
from schema.compile.order import Key

Break = Callable[[pytest.MonkeyPatch], None]


def drop_a_coalesce(patch: pytest.MonkeyPatch) -> None:
    """Stop showing NULL as null. The NULL then swallows the text around it."""
    patch.setattr(leaf, "or_null", str)


def drop_a_correlation(patch: pytest.MonkeyPatch) -> None:
    """Select the related rows of every parent instead of only this parent's."""
    patch.setattr(source, "_of_parent", lambda _reference, column: column)
    # The original function caches its results, so remove the cache.
    patch.setattr(source, "_related", source._related.__wrapped__)


def drop_an_order(patch: pytest.MonkeyPatch) -> None:
    """Sort lists by id only."""
    by_keys = Key.order

    def by_id(key: Key, *, backwards: bool) -> Any:
        return by_keys(key, backwards=backwards) if key.kind is int else key.expression.is_(None)

    patch.setattr(Key, "order", by_id)


def drop_an_escape(patch: pytest.MonkeyPatch) -> None:
    """Quote text without escaping it."""
    for dialect in DIALECTS.values():
        patch.setitem(vars(dialect), "quote", lambda value: f"""('"' || {value} || '"')""")


def drop_a_limit(patch: pytest.MonkeyPatch) -> None:
    """Let a page run to the end of its list."""
    taken = Listing._taken
    patch.setattr(Listing, "_taken", lambda listing: taken(listing).limit(None))


BREAKS: Final[tuple[Break, ...]] = (drop_a_coalesce, drop_a_correlation, drop_an_order, drop_an_escape, drop_a_limit)
