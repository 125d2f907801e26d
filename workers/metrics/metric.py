"""What a metric is, and what its formula gives: a number with everything that it rests on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from db.values.quantity import Quantity
from db.values.vocabulary import MetricState
from workers.metrics.facts import Claim, Facts, Node

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


class Result(NamedTuple):
    """`value` is None unless `outcome` is FRESH; `substitution` is the formula with its numbers, or why it has none."""

    outcome: MetricState
    substitution: str
    value: Quantity | None = None
    slices: tuple[Slice, ...] = ()
    warnings: tuple[Warning, ...] = ()
    inputs: tuple[Input, ...] = ()
    # What `sensitivity` finds; formulas leave it empty.
    alternatives: tuple["Alternative", ...] = ()


class Alternative(NamedTuple):
    """What a metric gives where `claim` is preferred to those that contradict it."""

    claim: Claim
    result: Result


class Overlap(NamedTuple):
    """How many partners two conveners share, and how many the one and the other have."""

    shared: int
    one: int
    other: int


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a metric means; a change of what it computes needs a higher `version`.

    `depends_on` names the tables that it is computed from, or a part of one: the claims of one property as `claim:KEY`,
    and as `partnership:history` those who ever were partners, where `partnership` is those who are.
    Where `time_dependent`, its value changes with the day alone.
    """

    key: str
    title: str
    description: str
    formula: str
    unit: str
    version: int
    depends_on: tuple[str, ...]
    time_dependent: bool = False


@dataclass(frozen=True, kw_only=True)
class Metric(Definition):
    """A pure formula of one organization, and its description."""

    compute: Callable[[Facts], Result]


@dataclass(frozen=True, kw_only=True)
class Comparison(Definition):
    """A pure formula of two conveners, which is the same from either side; its values have a peer."""

    compute: Callable[[Overlap], Result]


def failed(error: Exception) -> Result:
    """What a formula that raised comes to."""
    return Result(MetricState.FAILED, f"the formula failed: {describe(error)}")


def describe(error: BaseException) -> str:
    """`ValueError: the reason`, of a bounded length, without the statement that a database's error brings along."""
    cause: Any = getattr(error, "orig", None) or error
    return f"{type(error).__name__}: {cause}"[:ERROR_CHARACTERS]
