"""Values that are parts of rows: quantities and partial dates."""

from datetime import date
from decimal import Decimal

from strawberry import field

from db.values import partial_date, quantity
from schema.compile.declare import embedded
from schema.scalars import EDTF


@embedded(quantity.Quantity)
class Quantity:
    """A number with its unit and bounds."""

    value: Decimal | None = field(description="The number; null if only bounds are known.")
    lower: Decimal | None = field(description="The lower bound, inclusive; null if unknown.")
    upper: Decimal | None = field(description="The upper bound, inclusive; null if unknown.")
    unit: str = field(description='The unit, such as "employee" or "USD".')
    currency: str | None = field(description="The ISO 4217 code of an amount of money; null otherwise.")
    comparator: quantity.Comparator = field(description="How to read the number: exact, approximate or a bound.")
    bounds_basis: quantity.BoundsBasis = field(description="The origin of the bounds.")
    display: str = field(description='The text to display, such as "≈$6.6M (2022 Form 990)".')
    as_of: EDTF | None = field(description="The time at which the number holds; null if the source states none.")


@embedded(partial_date.PartialDate)
class DateValue:
    """A date that may be known only in part, such as a year."""

    edtf: EDTF = field(description='The date in EDTF, such as "2016-09".')
    earliest: date | None = field(
        description="The earliest day that the date may mean; null if it is open on that side."
    )
    latest: date | None = field(description="The latest day that the date may mean; null if it is open on that side.")
