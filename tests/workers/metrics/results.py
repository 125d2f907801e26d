"""Checks of a result that several tests share."""

from decimal import Decimal

from db.values.quantity import Quantity
from db.values.results import Result
from db.values.vocabulary import MetricState

Ends = tuple[Decimal | None, Decimal | None, Decimal | None]


def value(result: Result) -> Quantity:
    assert result.state is MetricState.FRESH, result.substitution
    assert result.value is not None
    return result.value


def ends(result: Result) -> Ends:
    """Return the value and its lower and upper bound."""
    found = value(result)
    return found.value, found.lower, found.upper


def codes(result: Result) -> list[str]:
    return [warning.code for warning in result.warnings]


def counts(result: Result) -> dict[str, int]:
    assert result.state is MetricState.FRESH, result.substitution
    return {slice.key: slice.count for slice in result.slices}


def shares(result: Result) -> dict[str, str]:
    """Return the displayed share of each slice."""
    return {slice.key: slice.share.display for slice in result.slices if slice.share}


def is_insufficient(result: Result) -> bool:
    return (result.state, result.value) == (MetricState.INSUFFICIENT_DATA, None)


def is_not_applicable(result: Result) -> bool:
    return (result.state, result.value) == (MetricState.NOT_APPLICABLE, None)
