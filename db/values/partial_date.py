"""Partial dates: a date as precise as it is known, and the days that it may mean."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from db.values.edtf import parse


@dataclass(frozen=True)
class PartialDate:
    """An EDTF date as written, with the earliest and latest day it may mean; None where that side is open."""

    edtf: str
    earliest: date | None
    latest: date | None

    @classmethod
    def of(cls, edtf: str) -> "PartialDate":
        """Raises `ValueError` where `edtf` isn't EDTF level 0 or 1."""
        return cls(edtf, *parse(edtf))

    def __composite_values__(self) -> tuple[Any, ...]:
        return self.edtf, self.earliest, self.latest


def has_not_ended(end: PartialDate | None, day: date) -> bool:
    """Something that ends at `end` still lasts on `day`; the same rule in SQL is `db.sql.periods.has_not_ended`."""
    return end is None or end.latest is None or end.latest >= day
