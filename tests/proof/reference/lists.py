"""Sorted lists, their pages by cursor, and their counts."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, cmp_to_key
from typing import Any, Final, NamedTuple

from tests.proof.reference.conditions import number, own_metric
from tests.proof.reference.tables import Row, Tables, by_id
from tests.proof.values import to_json

DEFAULT: Final = 25
MOST: Final = 100

# A partnership with an unknown start sorts as if it began on this day.
LATE: Final = date(9999, 12, 30)


class Key(NamedTuple):
    """One key that a list is sorted by. Its value is never None."""

    value: Callable[[Row], Any]
    kind: type = int
    descending: bool = False


class Edge(NamedTuple):
    cursor: str
    node: Any


class PageInfo(NamedTuple):
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Group(NamedTuple):
    keys: list[str]
    count: int
    share: float


@dataclass(frozen=True)
class Listing:
    """A list with pages: all its rows in order, and the arguments that select a page."""

    rows: list[Row]
    keys: Sequence[Key]
    arguments: Mapping[str, Any]
    day: date | None
    groups: Mapping[str, Callable[[Row], str]] = field(default_factory=dict[str, Callable[[Row], str]])

    @cached_property
    def ordered(self) -> list[Row]:
        return sorted(self.rows, key=cmp_to_key(lambda a, b: _compare(self.keys, self.place(a), self.place(b))))

    def place(self, row: Row) -> list[Any]:
        return [key.value(row) for key in self.keys]

    def cursor(self, row: Row) -> str:
        return encode(self.place(row))

    @cached_property
    def _bounds(self) -> tuple[list[Any] | None, list[Any] | None]:
        after, before = (
            cursor and decode(cursor, self.keys)
            for cursor in (self.arguments.get("after"), self.arguments.get("before"))
        )
        return after, before

    def _is_behind(self, row: Row) -> bool:
        after = self._bounds[0]
        return after is None or _compare(self.keys, self.place(row), after) > 0

    def _is_ahead(self, row: Row) -> bool:
        before = self._bounds[1]
        return before is None or _compare(self.keys, self.place(row), before) < 0

    @cached_property
    def _within(self) -> list[Row]:
        return [row for row in self.ordered if self._is_behind(row) and self._is_ahead(row)]

    @cached_property
    def page(self) -> list[Row]:
        first, last = self.arguments.get("first"), self.arguments.get("last")
        return self._within[-last:] if last is not None else self._within[: first or DEFAULT]

    def page_info(self) -> PageInfo:
        is_cut = len(self._within) > len(self.page)
        backwards = self.arguments.get("last") is not None
        return PageInfo(
            has_next_page=(is_cut and not backwards) or not all(map(self._is_ahead, self.rows)),
            has_previous_page=(is_cut and backwards) or not all(map(self._is_behind, self.rows)),
            start_cursor=self.cursor(self.page[0]) if self.page else None,
            end_cursor=self.cursor(self.page[-1]) if self.page else None,
        )

    def count_groups(self, by: list[str]) -> list[Group]:
        """Count the rows of the whole list by the given fields, the largest group first, then by the fields' values."""
        counts = Counter(tuple(self.groups[name](row) for name in by) for row in self.rows)
        listed = sorted(counts.items(), key=lambda group: (-group[1], group[0]))
        return [Group(list(values), count, count / len(self.rows)) for values, count in listed]


def _compare(keys: Sequence[Key], left: Sequence[Any], right: Sequence[Any]) -> int:
    for key, one, other in zip(keys, left, right, strict=True):
        if one != other:
            return 1 if (one > other) is not key.descending else -1
    return 0


def encode(values: Sequence[Any]) -> str:
    """Return the cursor of a position in a list."""
    return json.dumps([to_json(value) for value in values]).encode().hex()


def decode(cursor: str, keys: Sequence[Key]) -> list[Any]:
    """Return the position in a list that a cursor names. Raises `ValueError`."""
    values = json.loads(bytes.fromhex(cursor))
    if not isinstance(values, list) or len(values) != len(keys):
        raise ValueError(cursor)
    return [_parse_value(value, key) for value, key in zip(values, keys, strict=True)]


def _parse_value(value: Any, key: Key) -> Any:
    if type(value) is not (int if key.kind is int else str):
        raise ValueError(value)
    if (key.kind is int and abs(value) >= 2**63) or (key.kind is Decimal and not Decimal(value).is_finite()):
        raise ValueError(value)
    if key.kind is datetime and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(value)
    return key.kind.fromisoformat(value) if key.kind in (date, datetime) else key.kind(value)


def with_id(keys: Sequence[Key], *, newest_first: bool = False) -> list[Key]:
    """Return the keys with the id as the last one, so that no two rows are equal."""
    return [*keys, Key(by_id, descending=keys[-1].descending if keys else newest_first)]


def organization_keys(tables: Tables, order_by: Sequence[Mapping[str, Any]] | None) -> list[Key]:
    return with_id([key for by in order_by or () for key in _organization_keys(tables, by)])


def _organization_keys(tables: Tables, by: Mapping[str, Any]) -> list[Key]:
    descending = by["direction"] == "DESC"
    match by["field"]:
        case "NAME":
            return [Key(lambda row: row["name"], str, descending)]
        case "METRIC":
            # Organizations without a number come last in both directions.
            def measured(row: Row) -> Any:
                return number(own_metric(tables, row, by["metricKey"]))

            return [
                Key(lambda row: int(measured(row) is None)),
                Key(lambda row: measured(row) or Decimal(0), Decimal, descending),
            ]
        case field:
            return [Key(lambda row: row[field.lower()], datetime, descending)]


def partnership_keys(tables: Tables, order_by: Sequence[Mapping[str, Any]] | None) -> list[Key]:
    return with_id([_partnership_key(tables, by) for by in order_by or ()])


def _partnership_key(tables: Tables, by: Mapping[str, Any]) -> Key:
    descending = by["direction"] == "DESC"
    if by["field"] == "PARTNER_NAME":
        return Key(lambda row: tables.get("organization", row["partner_id"])["name"], str, descending)
    return Key(_start, date, descending)


def _start(partnership: Row) -> date:
    start = partnership["start"]
    return start.earliest if start is not None and start.earliest is not None else LATE
