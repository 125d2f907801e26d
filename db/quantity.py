"""Quantities: numbers as far as they are known, with the bounds that were stated or that rounding implies."""

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


class Comparator(enum.Enum):
    EXACT = "EXACT"
    APPROXIMATE = "APPROXIMATE"
    AT_LEAST = "AT_LEAST"
    AT_MOST = "AT_MOST"
    BETWEEN = "BETWEEN"


class BoundsBasis(enum.Enum):
    ASSERTED = "ASSERTED"
    IMPLIED_BY_ROUNDING = "IMPLIED_BY_ROUNDING"
    NONE = "NONE"


@dataclass(frozen=True)
class Quantity:
    """A number in `unit` within inclusive bounds, None where unbounded; `display` keeps the words as printed."""

    value: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    unit: str
    currency: str | None
    comparator: Comparator
    bounds_basis: BoundsBasis
    display: str
    as_of: str | None

    def __composite_values__(self) -> tuple[Any, ...]:
        return tuple(vars(self).values())

    @classmethod
    def of(
        cls,
        unit: str,
        comparator: Comparator = Comparator.EXACT,
        *,
        value: Decimal | None = None,
        lower: Decimal | None = None,
        upper: Decimal | None = None,
        currency: str | None = None,
        display: str | None = None,
        as_of: str | None = None,
    ) -> "Quantity":
        """A quantity as somebody states it, with the bounds that follow; raises `ValueError` where it makes no sense.

        EXACT and APPROXIMATE need `value`, BETWEEN both bounds; AT_LEAST takes `lower` or `value`, AT_MOST `upper`
        or `value`. An approximate value without bounds was rounded to its last digit that isn't 0: 37 is 36.5 to 37.5.
        """
        basis = BoundsBasis.ASSERTED
        match comparator:
            case Comparator.EXACT:
                lower = upper = value = _needed(value, comparator, "value")
            case Comparator.APPROXIMATE:
                value = _needed(value, comparator, "value")
                if lower is None and upper is None:
                    lower, upper, basis = *rounding_bounds(value), BoundsBasis.IMPLIED_BY_ROUNDING
            case Comparator.AT_LEAST:
                value, lower, upper = None, _needed(value if lower is None else lower, comparator, "lower"), None
            case Comparator.AT_MOST:
                value, lower, upper = None, None, _needed(value if upper is None else upper, comparator, "upper")
            case Comparator.BETWEEN:
                lower, upper = _needed(lower, comparator, "lower"), _needed(upper, comparator, "upper")
        for name, low, high in (("upper", lower, upper), ("value", lower, value), ("upper", value, upper)):
            if low is not None and high is not None and high < low:
                raise ValueError(f"{name} must be at least {low}, got {high}")
        words = display or _words(comparator, value, lower, upper, currency or unit)
        return cls(value, lower, upper, unit, currency, comparator, basis, words, as_of)


def rounding_bounds(value: Decimal) -> tuple[Decimal, Decimal]:
    """Half a unit of the last digit that isn't 0 to both sides: 6,600,000 is 6,550,000 to 6,650,000."""
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"a quantity must be finite, got {value}")
    half = Decimal(5).scaleb(exponent - 1)
    return value - half, value + half


def _needed(number: Decimal | None, comparator: Comparator, name: str) -> Decimal:
    if number is None:
        raise ValueError(f"a quantity that is {comparator.name} needs {name!r}, got none")
    if not number.is_finite():
        raise ValueError(f"{name} must be finite, got {number}")
    return number


def _words(
    comparator: Comparator, value: Decimal | None, lower: Decimal | None, upper: Decimal | None, unit: str
) -> str:
    match comparator:
        case Comparator.EXACT:
            return f"{value:,f} {unit}"
        case Comparator.APPROXIMATE:
            return f"≈{value:,f} {unit}"
        case Comparator.AT_LEAST:
            return f"≥{lower:,f} {unit}"
        case Comparator.AT_MOST:
            return f"≤{upper:,f} {unit}"
        case Comparator.BETWEEN:
            return f"{lower:,f}–{upper:,f} {unit}"
