"""What a metric is, and what its formula gives: a number with everything that it rests on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from db.models.vocabulary import MetricState
from db.quantity import Quantity
from workers.metrics.facts import Facts, Node

LARGEST_COUNT: Final = 2**63 - 1
# An error's text, with its type.
ERROR_CHARACTERS: Final = 2000


@dataclass(frozen=True)
class Slice:
    """One part of a whole; raises `OverflowError` for a count that no column holds."""

    key: str
    label: str
    count: int
    share: Quantity | None

    def __post_init__(self) -> None:
        if self.count > LARGEST_COUNT:
            raise OverflowError(f"a count must be at most {LARGEST_COUNT}, got {self.count}")


@dataclass(frozen=True)
class Warning:
    """Something that a reader of the number should know; `about` names the rows concerned."""

    code: str
    message: str
    about: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Input:
    """A row that the number was computed from, or, where `excluded`, that was left out, and why."""

    name: str
    node: Node
    used: Quantity | None
    reason: str
    excluded: bool = False


@dataclass(frozen=True)
class Result:
    """`value` is None unless `outcome` is FRESH; `substitution` is the formula with its numbers, or why it has none."""

    outcome: MetricState
    substitution: str
    value: Quantity | None = None
    slices: tuple[Slice, ...] = ()
    warnings: tuple[Warning, ...] = ()
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True)
class Metric:
    """A pure formula and its description; a change of what it computes needs a higher `version`.

    `depends_on` names the tables that it is computed from, and the claims of one property as `claim:KEY`.
    Where `time_dependent`, its value changes with the day alone.
    """

    key: str
    title: str
    description: str
    formula: str
    unit: str
    version: int
    depends_on: tuple[str, ...]
    compute: Callable[[Facts], Result]
    time_dependent: bool = False


def failed(error: Exception) -> Result:
    """What a formula that raised comes to."""
    return Result(MetricState.FAILED, f"the formula failed: {describe(error)}")


def describe(error: BaseException) -> str:
    """`ValueError: the reason`, of a bounded length, without the statement that a database's error brings along."""
    cause: Any = getattr(error, "orig", None) or error
    return f"{type(error).__name__}: {cause}"[:ERROR_CHARACTERS]
