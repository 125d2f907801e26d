"""Quantities: numbers with the bounds that a source states or that rounding implies."""

from dataclasses import dataclass, fields
from decimal import Decimal, localcontext
from typing import Any, Final

from db.values.edtf import parse
from db.values.vocabulary import Term

# The limit on each side of the decimal point: more than any measured number has, and both databases can store it.
MOST_DIGITS: Final = 100


class Comparator(Term):
    """How the number of a quantity is meant."""

    EXACT = "EXACT", "Exactly this number."
    APPROXIMATE = "APPROXIMATE", "About this number, such as one that was rounded."
    AT_LEAST = "AT_LEAST", "This number or more."
    AT_MOST = "AT_MOST", "This number or less."
    BETWEEN = "BETWEEN", "From the lower to the upper bound."


class BoundsBasis(Term):
    """Where the bounds of a quantity come from."""

    ASSERTED = "ASSERTED", "The source states the number or its bounds."
    IMPLIED_BY_ROUNDING = "IMPLIED_BY_ROUNDING", "The number is rounded to its last digit that is not 0."
    NONE = "NONE", "There are no bounds."


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
        """Build a quantity from the numbers that a source states; raises `ValueError` if they contradict each other.

        EXACT and APPROXIMATE need `value`. BETWEEN needs both bounds. AT_LEAST takes `lower` or `value`, AT_MOST takes
        `upper` or `value`. An APPROXIMATE value without bounds counts as rounded to its last digit that is not 0: 37
        means 36.5 to 37.5. `as_of` is an EDTF date.
        """
        for name, number in (("value", value), ("lower", lower), ("upper", upper)):
            _check(name, number)
        if not unit.strip():
            raise ValueError(f"expected a unit that is not blank, got {unit!r}")
        if as_of is not None:
            parse(as_of)
        basis = BoundsBasis.ASSERTED
        match comparator:
            case Comparator.EXACT:
                _unused(comparator, lower=lower, upper=upper)
                lower = upper = value = _needed(value, comparator, "value")
            case Comparator.APPROXIMATE:
                value = _needed(value, comparator, "value")
                if lower is None and upper is None:
                    lower, upper, basis = *rounding_bounds(value), BoundsBasis.IMPLIED_BY_ROUNDING
            case Comparator.AT_LEAST:
                _unused(comparator, upper=upper, value=value if lower is not None else None)
                value, lower = None, _needed(value if lower is None else lower, comparator, "lower")
            case Comparator.AT_MOST:
                _unused(comparator, lower=lower, value=value if upper is not None else None)
                value, upper = None, _needed(value if upper is None else upper, comparator, "upper")
            case Comparator.BETWEEN:
                lower, upper = _needed(lower, comparator, "lower"), _needed(upper, comparator, "upper")
        for name, low, high in (("upper", lower, upper), ("value", lower, value), ("upper", value, upper)):
            if low is not None and high is not None and high < low:
                raise ValueError(f"expected {name} to be at least {low}, got {high}")
        words = display or _words(comparator, value, lower, upper, currency or unit)
        return cls(value, lower, upper, unit, currency, comparator, basis, words, as_of)


# The names of a quantity's parts, in order. They are also the suffixes of its columns.
PARTS: Final = tuple(part.name for part in fields(Quantity))


def rounding_bounds(value: Decimal) -> tuple[Decimal, Decimal]:
    """Half a unit of the last digit that is not 0, on both sides: 6,600,000 gives 6,550,000 and 6,650,000."""
    _check("value", value)
    # The default precision of 28 digits would round the bounds of a longer number.
    with localcontext(prec=2 * MOST_DIGITS + 2):
        half = Decimal((0, (5,), _exponent(value.normalize()) - 1))
        return value - half, value + half


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "only a finite number has an exponent"
    return exponent


def _check(name: str, number: Decimal | None) -> None:
    if number is None:
        return
    if not number.is_finite():
        raise ValueError(f"expected a finite {name}, got {number}")
    if number.adjusted() >= MOST_DIGITS or _exponent(number) < -MOST_DIGITS:
        limit = f"at most {MOST_DIGITS} digits on each side of the point"
        raise ValueError(f"expected {name} to have {limit}, got {number:.3E}")


def _needed(number: Decimal | None, comparator: Comparator, name: str) -> Decimal:
    if number is None:
        raise ValueError(f"expected {name!r} for {comparator.name}, got none")
    return number


def _unused(comparator: Comparator, **numbers: Decimal | None) -> None:
    for name, number in numbers.items():
        if number is not None:
            raise ValueError(f"expected no {name!r} for {comparator.name}, got {number}")


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
            return f"{lower:,f}–{upper:,f} {unit}"  # noqa: RUF001 (A range has an en dash.)
