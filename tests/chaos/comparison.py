"""What is stored beside what has to be."""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from tests.chaos import oracle
from tests.chaos.snapshot import Snapshot


class Comparison(NamedTuple):
    """`differing` names what is stored otherwise than it has to be; `lies`, those of them that count as fresh."""

    organizations: int
    compared: int
    missing: int
    marks: int
    differing: dict[str, str]
    lies: dict[str, str]

    @property
    def holds(self) -> bool:
        """Whether nothing is left to be done, and everything is as it has to be."""
        return not (self.differing or self.missing or self.marks)


def compare(snapshot: Snapshot) -> Comparison:
    """Every value and every conflict of claims, and whether each convener has all that conveners have."""
    wanted: dict[Any, Any] = oracle.values(snapshot) | oracle.conflicts(snapshot)
    stored: dict[Any, Any] = _values(snapshot) | _conflicts(snapshot)
    marked = {row["organization_id"] for row in snapshot["mark"]}
    keys = wanted.keys() | stored.keys()
    differing = {key: _words(wanted, stored, key) for key in keys if wanted.get(key) != stored.get(key)}
    fresh = {key: words for key, words in differing.items() if key[0] not in marked}
    return Comparison(
        organizations=len(snapshot["organization"]),
        compared=len(keys),
        missing=_missing(snapshot),
        marks=len(snapshot["mark"]),
        differing={str(key): words for key, words in differing.items()},
        lies={str(key): words for key, words in fresh.items()},
    )


def _words(wanted: dict[Any, Any], stored: dict[Any, Any], key: Any) -> str:
    return f"wanted {wanted.get(key)}, got {stored.get(key)}"


def _values(snapshot: Snapshot) -> dict[oracle.Key, oracle.Derived]:
    parts: dict[int, list[tuple[str, int, oracle.Number]]] = defaultdict(list)
    for row in snapshot["slice"]:
        parts[row["metric_value_id"]].append((row["key"], row["count"], oracle.number(row, "share")))
    return {
        (row["subject_id"], row["key"]): oracle.Derived(
            row["outcome"], oracle.number(row, "value"), tuple(sorted(parts[row["id"]]))
        )
        for row in snapshot["value"]
        if row["key"] in oracle.FORMULAS
    }


def _conflicts(snapshot: Snapshot) -> dict[tuple[int, str, int], oracle.Conflict]:
    claims: dict[int, list[int]] = defaultdict(list)
    for row in snapshot["conflict_claim"]:
        claims[row["conflict_id"]].append(row["claim_id"])
    return {
        (row["organization_id"], oracle.subject(row), row["property_id"]): oracle.Conflict(
            tuple(sorted(claims[row["id"]])), bool(row["compatible"]), row["chosen_id"]
        )
        for row in snapshot["conflict"]
    }


def _missing(snapshot: Snapshot) -> int:
    """How many values unmarked conveners lack of the metrics that others have, those that no formula checks too."""
    metrics = {row["key"] for row in snapshot["value"]} | oracle.FORMULAS.keys()
    marked = {row["organization_id"] for row in snapshot["mark"]}
    counts = Counter(row["subject_id"] for row in snapshot["value"])
    conveners = [row["id"] for row in snapshot["organization"] if row["is_convener"] and row["id"] not in marked]
    return sum(len(metrics) - counts[id] for id in conveners)
