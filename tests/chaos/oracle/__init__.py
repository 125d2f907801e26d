"""The oracle: computes all expected values from the rows in plain Python, without the program's code."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from tests.chaos.oracle import diversity, evidence, growth, labs, opinions, partners, people, ratios, work
from tests.chaos.oracle.evidence import conflicts
from tests.chaos.oracle.numbers import Derived
from tests.chaos.oracle.overlap import overlaps
from tests.chaos.oracle.record import Record, records
from tests.chaos.snapshot import Snapshot

OVERLAP: Final = "convener_overlap"
_MODULES: Final = (diversity, evidence, growth, labs, opinions, partners, people, ratios, work)
# By the key of the metric.
FORMULAS: Final[Mapping[str, Callable[[Record], Derived]]] = {
    key: formula for module in _MODULES for key, formula in module.FORMULAS.items()
}


class Key(NamedTuple):
    """The key of a metric value. With a `peer`, the value compares two organizations."""

    subject: int
    metric: str
    peer: int | None = None

    @property
    def organizations(self) -> set[int | None]:
        """The organizations whose marks make the value stale."""
        return {self.subject, self.peer}


def expected_values(snapshot: Snapshot, today: date) -> dict[Any, Any]:
    """Return all values that conveners should have on that day, and all conflicts of claims."""
    found = records(snapshot, today)
    conveners = [found[row["id"]] for row in snapshot["organization"] if row["is_convener"]]
    values = {Key(one.id, metric): formula(one) for one in conveners for metric, formula in FORMULAS.items()}
    pairs = {Key(one, OVERLAP, other): value for (one, other), value in overlaps(conveners).items()}
    return values | pairs | conflicts(found.values())
