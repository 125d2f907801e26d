"""Metrics: a definition with the pure formula that computes it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from db.values.facts import Facts
from db.values.reads import restrict, view_class
from db.values.results import Definition, Overlap, Result
from db.values.vocabulary import MetricState

# The maximum length of an error's text, with its type.
ERROR_CHARACTERS: Final = 2000


@dataclass(frozen=True, kw_only=True)
class Metric(Definition):
    """A pure formula of one organization, and its description."""

    compute: Callable[[Facts], Result]

    @cached_property
    def _view(self) -> type[Facts]:
        return view_class(self.reads)

    def compute_from(self, facts: Facts) -> Result:
        """The formula's result; raises `UndeclaredFact` if the formula reads a fact that `reads` does not name."""
        return self.compute(restrict(facts, self._view))


@dataclass(frozen=True, kw_only=True)
class Comparison(Definition):
    """A pure, symmetric formula of two conveners, and its description. Its values have a peer."""

    compute: Callable[[Overlap], Result]


def failed(error: Exception) -> Result:
    """The result of a formula that raised."""
    return Result(MetricState.FAILED, f"the formula failed: {describe(error)}")


def describe(error: BaseException) -> str:
    """`ValueError: the reason`, cut to `ERROR_CHARACTERS`, without the SQL that a database error contains."""
    cause: Any = getattr(error, "orig", None) or error
    return f"{type(error).__name__}: {cause}"[:ERROR_CHARACTERS]
