"""Metric definitions and results: plain values that the database stores and the API shows."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from db.values.facts import Claim, Property
from db.values.quantity import Quantity
from db.values.reads import Read, names_of
from db.values.reference import Reference
from db.values.vocabulary import MetricState

LARGEST_COUNT: Final = 2**63 - 1


@dataclass(frozen=True)
class Slice:
    """One part of a whole. Raises `OverflowError` if `count` does not fit into a database column."""

    key: str
    label: str
    count: int
    share: Quantity | None

    def __post_init__(self) -> None:
        if self.count > LARGEST_COUNT:
            raise OverflowError(f"expected a count of at most {LARGEST_COUNT}, got {self.count}")


@dataclass(frozen=True)
class Warning:
    """A caution for readers of the number; `about` lists the rows it concerns."""

    code: str
    message: str
    about: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Input:
    """A row that the formula used or, if `excluded`, left out; `reason` says why."""

    name: str
    node: Reference
    used: Quantity | None
    reason: str
    excluded: bool = False


class Result(NamedTuple):
    """`value` is None unless `state` is FRESH. `substitution` is the formula with numbers filled in, or why not."""

    state: MetricState
    substitution: str
    value: Quantity | None = None
    slices: tuple[Slice, ...] = ()
    warnings: tuple[Warning, ...] = ()
    inputs: tuple[Input, ...] = ()
    # Formulas leave this empty; `find_alternatives` fills it.
    alternatives: tuple["Alternative", ...] = ()


class Alternative(NamedTuple):
    """The metric's result if `claim` is preferred to the claims that contradict it."""

    claim: Claim
    result: Result


class Overlap(NamedTuple):
    """The number of partners that two conveners share, and of partners that each one has."""

    shared: int
    one: int
    other: int


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a metric means. Raise `version` whenever the formula changes.

    A formula may read only the facts that `reads` names. If `time_dependent`, the value may change with the day alone.
    """

    key: str
    title: str
    description: str
    formula: str
    unit: str
    version: int
    reads: tuple[Read, ...]
    time_dependent: bool = False

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The tables that the metric is computed from, or parts of one.

        `claim:KEY` is the claims of one property; `partnership:history` is everyone who ever was a partner, where
        `partnership` is the current partners.
        """
        return names_of(self.reads)


@dataclass(frozen=True)
class Conflict:
    """Claims that differ. If `compatible`, all may be true at once. Shortcuts and metrics use the `chosen` claim."""

    subject: Reference
    property: Property
    claims: tuple[Claim, ...]
    compatible: bool
    explanation: str
    chosen: Claim | None
