"""What a metric means and what its formula yields: plain values that the database keeps and the API shows."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from db.values.facts import Claim, Property
from db.values.quantity import Quantity
from db.values.reference import Reference
from db.values.vocabulary import MetricState

LARGEST_COUNT: Final = 2**63 - 1


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
    about: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Input:
    """A row that the number was computed from, or, where `excluded`, that was left out, and why."""

    name: str
    node: Reference
    used: Quantity | None
    reason: str
    excluded: bool = False


class Result(NamedTuple):
    """`value` is None unless `state` is FRESH; `substitution` is the formula with its numbers, or why it has none."""

    state: MetricState
    substitution: str
    value: Quantity | None = None
    slices: tuple[Slice, ...] = ()
    warnings: tuple[Warning, ...] = ()
    inputs: tuple[Input, ...] = ()
    # What `find_alternatives` yields; formulas leave it empty.
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


@dataclass(frozen=True)
class Conflict:
    """`compatible`: all claims may be true at once. `chosen` is the claim that shortcuts and metrics go by."""

    subject: Reference
    property: Property
    claims: tuple[Claim, ...]
    compatible: bool
    explanation: str
    chosen: Claim | None
