"""Embedded values: quantities and partial dates."""

from datetime import date
from decimal import Decimal

from strawberry import field

from db.values import partial_date, quantity
from schema.compile.declare import embedded
from schema.scalars import EDTF


@embedded(quantity.Quantity)
class Quantity:
    """A number as far as it is known."""

    value: Decimal | None = field(description="The number itself; null where only a bound is known.")
    lower: Decimal | None = field(description="The least that it can be, inclusive; null where unknown.")
    upper: Decimal | None = field(description="The most that it can be, inclusive; null where unknown.")
    unit: str = field(description='What is counted or measured, such as "employee" or "USD".')
    currency: str | None = field(description="ISO 4217 code, where it is an amount of money.")
    comparator: quantity.Comparator = field(description="How the number is meant.")
    bounds_basis: quantity.BoundsBasis = field(description="Where the bounds come from.")
    display: str = field(description='The words as printed, such as "≈$6.6M (2022 Form 990)".')
    as_of: EDTF | None = field(description="When the number held; null where the source doesn't say.")


@embedded(partial_date.PartialDate)
class DateValue:
    """A date as precise as it is known."""

    edtf: EDTF = field(description="The date as written.")
    earliest: date | None = field(description="The earliest day that it may mean; null where that side is open.")
    latest: date | None = field(description="The latest day that it may mean; null where that side is open.")
