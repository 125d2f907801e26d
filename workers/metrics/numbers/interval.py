"""Interval arithmetic: a number with bounds gives results with bounds."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final, NamedTuple

from db.values.notation import unpadded
from db.values.quantity import MOST_DIGITS, BoundsBasis, Comparator, Quantity

CENT: Final = Decimal("0.01")

# With the default precision of 28 digits, rounding a longer quotient raises. The code calls the context's methods,
# because entering a context takes longer than a division.
_LONG: Final = Context(prec=3 * MOST_DIGITS, rounding=ROUND_HALF_EVEN)


class Interval(NamedTuple):
    """Inclusive bounds, None where there is none. `value` is the stated number, None if there is none."""

    value: Decimal | None
    lower: Decimal | None
    upper: Decimal | None

    @classmethod
    def of(cls, quantity: Quantity) -> "Interval":
        """The quantity as an interval. A value without bounds is both bounds, unless it is a minimum or a maximum."""
        value, lower, upper = quantity.value, quantity.lower, quantity.upper
        match quantity.comparator:
            case Comparator.AT_LEAST:
                return cls(None, value if lower is None else lower, upper)
            case Comparator.AT_MOST:
                return cls(None, lower, value if upper is None else upper)
            case _:
                # An interval with a value always has bounds: an approximate value without bounds counts as exact.
                return cls(value, value if lower is None else lower, value if upper is None else upper)

    @classmethod
    def exactly(cls, number: Decimal | int) -> "Interval":
        """A number that is known exactly."""
        exact = Decimal(number)
        return cls(exact, exact, exact)

    @property
    def unbounded(self) -> bool:
        """Whether nothing is known about the number."""
        return self == (None, None, None)

    def meets(self, other: "Interval") -> bool:
        """Whether the intervals overlap."""
        return _reaches(self.upper, other.lower) and _reaches(other.upper, self.lower)

    def over(self, other: "Interval") -> "Interval":
        """The range of the quotients of numbers from both intervals."""
        return Interval(*map(_divided, self, self.divisors(other)))

    def divisors(self, other: "Interval") -> "Interval":
        """The numbers of `other` that divide this value, lower and upper bound. `other` must not be negative."""
        least = other.lower if other.lower and other.lower > 0 else None
        return Interval(
            other.value or None,
            other.upper if self.lower is None or self.lower >= 0 else least,
            least if self.upper is None or self.upper >= 0 else other.upper,
        )

    def hull(self, other: "Interval") -> "Interval":
        """The smallest interval that contains both. It has a value only if both have the same one."""
        return Interval(
            self.value if self.value == other.value else None,
            None if self.lower is None or other.lower is None else min(self.lower, other.lower),
            None if self.upper is None or other.upper is None else max(self.upper, other.upper),
        )

    def at_most(self, most: Decimal) -> "Interval":
        """The interval cut off at `most`, a bound that always holds."""
        value, lower, upper = (None if end is None else min(end, most) for end in self)
        return Interval(value, lower, most if upper is None else upper)

    def rounded(self, step: Decimal) -> "Interval":
        """Each number rounded half to even, to a multiple of `step`."""
        value, lower, upper = self
        rounded = _rounded(value, step)
        # Most values are their own bounds.
        return Interval(
            rounded,
            rounded if lower is value else _rounded(lower, step),
            rounded if upper is value else _rounded(upper, step),
        )

    @property
    def comparator(self) -> Comparator:
        """The comparator of a quantity with these bounds; needs a value or a bound."""
        if self.value is not None:
            return Comparator.EXACT if self.lower == self.value == self.upper else Comparator.APPROXIMATE
        if self.lower is None:
            return Comparator.AT_MOST
        return Comparator.AT_LEAST if self.upper is None else Comparator.BETWEEN


def basis(*inputs: Quantity) -> BoundsBasis:
    """The basis of a result's bounds: IMPLIED_BY_ROUNDING if any input has this basis, otherwise ASSERTED."""
    implied = any(quantity.bounds_basis is BoundsBasis.IMPLIED_BY_ROUNDING for quantity in inputs)
    return BoundsBasis.IMPLIED_BY_ROUNDING if implied else BoundsBasis.ASSERTED


def number(value: Decimal | int) -> str:
    """The number with separators: `6,600,000`, `37.5`, `178,378.38`."""
    return unpadded(f"{value:,f}")


def words(interval: Interval, unit: str) -> str:
    """`≈178,378.38 USD`, `at least 100 organizations`: the interval in one phrase; needs a value or a bound."""
    value, lower, upper = interval
    if value is not None:
        return f"{'' if lower == value == upper else '≈'}{number(value)} {unit}"
    if lower is not None and upper is not None:
        return f"{number(lower)} to {number(upper)} {unit}"
    return f"at least {number(lower)} {unit}" if lower is not None else f"at most {number(upper or 0)} {unit}"


def _reaches(upper: Decimal | None, lower: Decimal | None) -> bool:
    return upper is None or lower is None or lower <= upper


def _rounded(number: Decimal | None, step: Decimal) -> Decimal | None:
    return None if number is None else _LONG.quantize(number, step)


def _divided(dividend: Decimal | None, divisor: Decimal | None) -> Decimal | None:
    return None if dividend is None or divisor is None else _LONG.divide(dividend, divisor)
