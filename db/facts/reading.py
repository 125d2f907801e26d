"""Parts that all fact readers share: statement parameters, and the fields of `Facts` that readers fill."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Date, bindparam

from db.sql.ids import among_given
from db.sql.prepared import Prepared
from db.values.partial_date import PartialDate

# Fields of `Facts`, by organization.
Fields = Mapping[int, dict[str, Any]]
Rows = Sequence[Any]

DATE_PARTS: Final = ("edtf", "earliest", "latest")
TODAY: Final = bindparam("today", type_=Date())


class Reader(NamedTuple):
    """Statements, and the function that turns their rows into fields of `Facts`."""

    fields: Callable[..., Fields]
    statements: Sequence[Prepared]


def is_asked(column: Any) -> Any:
    """The condition that the column holds one of the requested organizations."""
    return among_given(column, "organization_ids")


def parameters(organization_ids: Sequence[int], today: date) -> Mapping[str, Any]:
    """The parameters of all readers' statements. The last calendar year runs from `year` to before `next_year`."""
    return {
        "organization_ids": list(organization_ids),
        "today": today,
        "year": date(today.year - 1, 1, 1),
        "next_year": date(today.year, 1, 1),
    }


def partial_date(edtf: str | None, earliest: date | None, latest: date | None) -> PartialDate | None:
    """The date in three columns."""
    return None if edtf is None else PartialDate(edtf, earliest, latest)
