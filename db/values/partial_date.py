"""Partial dates: dates that may be known only to the month, year or decade, and the days they may mean."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from db.values.edtf import parse


@dataclass(frozen=True)
class PartialDate:
    """An EDTF date as written, with the earliest and latest day it may mean; None if that side is open."""

    edtf: str
    earliest: date | None
    latest: date | None

    @classmethod
    def of(cls, edtf: str) -> "PartialDate":
        """Parse EDTF level 0 or 1; raises `ValueError`."""
        return cls(edtf, *parse(edtf))

    def __composite_values__(self) -> tuple[Any, ...]:
        return self.edtf, self.earliest, self.latest


def has_not_ended(end: PartialDate | None, day: date) -> bool:
    """Whether a period with this end still lasts on `day`; `db.sql.periods.has_not_ended` is the same rule in SQL."""
    return end is None or end.latest is None or end.latest >= day
