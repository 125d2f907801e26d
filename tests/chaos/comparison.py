"""Compares the stored values with the values that the oracle expects."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.chaos import oracle
from tests.chaos.oracle.evidence import Conflict, Dispute
from tests.chaos.oracle.numbers import Derived, Number, day, stored_number
from tests.chaos.oracle.record import subject
from tests.chaos.snapshot import Snapshot


class Comparison(NamedTuple):
    """A comparison's result. `differing` describes the wrong values, and `lies` those that claim to be FRESH."""

    organizations: int
    compared: int
    marks: int
    differing: dict[str, str]
    lies: dict[str, str]

    @property
    def holds(self) -> bool:
        """Whether every stored value is right and no mark is left."""
        return not (self.differing or self.marks)


def compare(snapshot: Snapshot) -> Comparison:
    """Compare every value, including those of pairs and missing ones, and every conflict of claims.

    After midnight, until the nightly run has marked all organizations, a value may be right for either day.
    """
    expected = [oracle.expected_values(snapshot, today) for row in snapshot["day"] if (today := day(row["day"]))]
    stored: dict[Any, Any] = _values(snapshot) | _conflicts(snapshot)
    marked = {row["organization_id"] for row in snapshot["mark"]}
    keys = stored.keys() | {key for of_day in expected for key in of_day}
    differing = {key for key in keys if all(of_day.get(key) != stored.get(key) for of_day in expected)}
    descriptions = {key: _describe(expected, stored, key) for key in differing}
    return Comparison(
        organizations=len(snapshot["organization"]),
        compared=len(keys),
        marks=len(snapshot["mark"]),
        differing={str(key): description for key, description in descriptions.items()},
        lies={
            str(key): description for key, description in descriptions.items() if marked.isdisjoint(key.organizations)
        },
    )


def _describe(expected: Sequence[dict[Any, Any]], stored: dict[Any, Any], key: Any) -> str:
    return f"expected {' or '.join(str(of_day.get(key)) for of_day in expected)}, got {stored.get(key)}"


def _values(snapshot: Snapshot) -> dict[oracle.Key, Derived]:
    parts: dict[int, list[tuple[str, int, Number]]] = defaultdict(list)
    for row in snapshot["slice"]:
        parts[row["metric_value_id"]].append((row["key"], row["count"], stored_number(row, "share")))
    return {
        oracle.Key(row["subject_id"], row["key"], row["peer_id"]): Derived(
            row["computed_state"], stored_number(row, "value"), tuple(sorted(parts[row["id"]]))
        )
        for row in snapshot["value"]
    }


def _conflicts(snapshot: Snapshot) -> dict[Dispute, Conflict]:
    claims: dict[int, list[int]] = defaultdict(list)
    for row in snapshot["conflict_claim"]:
        claims[row["conflict_id"]].append(row["claim_id"])
    return {
        Dispute(row["organization_id"], subject(row), row["property_id"]): Conflict(
            tuple(sorted(claims[row["id"]])), bool(row["compatible"]), row["chosen_id"]
        )
        for row in snapshot["conflict"]
    }
