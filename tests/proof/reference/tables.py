"""Rows in memory, and whether they are valid on a day."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from db.models import BY_NAME
from schema.build import build


def _types() -> dict[str, str]:
    schema: Any = build()._schema  # pyright: ignore[reportPrivateUsage]
    names = sorted(type_.name for type_ in schema.get_implementations(schema.type_map["Node"]).objects)
    return {BY_NAME[name].__tablename__: name for name in names}


# The type of each table whose rows have a global id.
TYPES: Final = _types()
TABLES: Final = {type_name: table for table, type_name in TYPES.items()}

# The type of each table whose rows have no global id.
TYPES_WITHOUT_ID: Final = {
    "identifier": "Identifier",
    "metric_alternative": "MetricAlternative",
    "metric_input": "MetricInput",
    "metric_slice": "MetricSlice",
    "metric_warning": "MetricWarning",
    "other_name": "OtherName",
}

FROM_START_TO_END: Final = {"participation", "partnership", "tenure"}
VALID_DURING: Final = {"claim", "organization_relation", "other_name"}


class Row:
    """A row of a table. An embedded value counts as one column."""

    __slots__ = ("columns", "table")

    def __init__(self, table: str, columns: Mapping[str, Any]) -> None:
        self.table = table
        self.columns = columns

    def __getitem__(self, column: str) -> Any:
        return self.columns[column]


@dataclass(frozen=True, slots=True)
class View:
    """A row as an answer shows it: with its type, and the `asOf` day of the root field, if there is one."""

    row: Row
    type_name: str
    day: date | None

    def __getitem__(self, column: str) -> Any:
        return self.row.columns[column]


class Tables:
    """All rows, by table and in the order of their ids."""

    def __init__(self, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        self._rows = {
            table: [Row(table, columns) for columns in sorted(written, key=lambda row: row.get("id", 0))]
            for table, written in rows.items()
        }
        self._by: dict[tuple[str, str], dict[Any, list[Row]]] = {}

    def all(self, table: str) -> list[Row]:
        return self._rows[table]

    def where(self, table: str, column: str, value: Any) -> list[Row]:
        """Return the rows whose column has this value."""
        known = self._by.get((table, column))
        if known is None:
            known = self._by[table, column] = defaultdict(list)
            for row in self._rows[table]:
                known[row[column]].append(row)
        return known.get(value, [])

    def find(self, table: str, number: int | None) -> Row | None:
        found = [] if number is None else self.where(table, "id", number)
        return found[0] if found else None

    def get(self, table: str, number: int) -> Row:
        (row,) = self.where(table, "id", number)
        return row

    def linked(self, link: str, here: str, number: int, there: str, table: str) -> list[Row]:
        """Return the rows of `table` that a link table joins to a row."""
        return sorted((self.get(table, pair[there]) for pair in self.where(link, here, number)), key=by_id)


def by_id(row: Row) -> int:
    return row["id"]


def valid_on(day: date | None, rows: Iterable[Row]) -> list[Row]:
    """Return the rows that may be valid on the day, or all rows without a day."""
    return list(rows) if day is None else [row for row in rows if may_hold(row, day)]


def may_hold(row: Row, day: date) -> bool:
    if row.table in VALID_DURING:
        first = last = row["valid_during"]
    elif row.table in FROM_START_TO_END:
        first, last = row["start"], row["end"]
    else:
        return True
    began_later = first is not None and first.earliest is not None and first.earliest > day
    had_ended = last is not None and last.latest is not None and last.latest < day
    return not began_later and not had_ended


def is_current(partnership: Row, day: date | None) -> bool:
    """Return whether the partnership has not ended on the day, or today without a day."""
    end = partnership["end"]
    return end is None or end.latest is None or end.latest >= (day or datetime.now(UTC).date())


def best(claims: Iterable[Row]) -> Row | None:
    """Return the best claim.

    DEPRECATED claims and claims without a value never count. PREFERRED ones come first, then the latest, then the
    newest row.
    """
    count = [claim for claim in claims if claim["rank"] != "DEPRECATED" and claim["value_status"] == "VALUE"]
    return max(count, key=_precedence, default=None)


def _precedence(claim: Row) -> tuple[bool, date, int]:
    during = claim["valid_during"]
    latest = during.latest if during is not None and during.latest is not None else date.min
    return claim["rank"] == "PREFERRED", latest, claim["id"]


Condition = Callable[[Row], bool]
