"""What every fact reader shares: the parameters of its statements, and the fields of `Facts` that it yields."""

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
    """Statements, and the function that makes fields of the rows that they yield."""

    fields: Callable[..., Fields]
    statements: Sequence[Prepared]


def is_asked(column: Any) -> Any:
    """The condition that the column names one of the organizations whose facts are gathered."""
    return among_given(column, "organization_ids")


def parameters(organization_ids: Sequence[int], today: date) -> Mapping[str, Any]:
    """The parameters that the statements take, each of them some: the last calendar year is `year` to `next_year`."""
    return {
        "organization_ids": list(organization_ids),
        "today": today,
        "year": date(today.year - 1, 1, 1),
        "next_year": date(today.year, 1, 1),
    }


def partial_date(edtf: str | None, earliest: date | None, latest: date | None) -> PartialDate | None:
    """The date that three columns hold."""
    return None if edtf is None else PartialDate(edtf, earliest, latest)
