"""Filters. All given conditions must hold, and null is no condition."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tests.proof.reference.tables import Condition, Row, Tables, is_current, on

Where = Mapping[str, Any]
Asked = Callable[[Row, Any], bool]


def holds(where: Where | None, tests: Mapping[str, Asked], row: Row) -> bool:
    """Return whether a row meets all conditions of a filter."""
    asked = {key: value for key, value in (where or {}).items() if value is not None}
    return all(_is_so(key, value, tests, row) for key, value in asked.items())


def _is_so(key: str, value: Any, tests: Mapping[str, Asked], row: Row) -> bool:
    match key:
        case "and":
            return all(holds(part, tests, row) for part in value)
        case "or":
            return any(holds(part, tests, row) for part in value)
        case "not":
            return not holds(value, tests, row)
        case _:
            return tests[key](row, value)


TEXT: Mapping[str, Callable[[str, Any], bool]] = {
    "eq": lambda text, wanted: text == wanted,
    "in": lambda text, wanted: text in wanted,
    "contains": lambda text, wanted: wanted in text,
    "startsWith": lambda text, wanted: text.startswith(wanted),
}

NUMBER: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda number, wanted: number is not None and number == wanted,
    "gte": lambda number, wanted: number is not None and number >= wanted,
    "lte": lambda number, wanted: number is not None and number <= wanted,
    "isNull": lambda number, wanted: (number is None) is wanted,
}


def matches(tests: Mapping[str, Callable[[Any, Any], bool]], value: Any, asked: Where) -> bool:
    """Return whether a value passes all tests that the filter names."""
    return all(tests[key](value, wanted) for key, wanted in asked.items() if wanted is not None)


def organization_condition(tables: Tables, where: Where | None, day: date | None) -> Condition:
    """Return the filter's condition on organizations, with partnerships and metrics as of the day."""

    def partners(row: Row, id: str, here: str, there: str) -> bool:
        other = int(id.partition(":")[2])
        return any(one[there] == row["id"] for one in on(day, tables.of("partnership", here, other)))

    tests: dict[str, Asked] = {
        "name": lambda row, asked: matches(TEXT, row["name"], asked),
        "sector": lambda row, sectors: row["sector"] in sectors,
        "isConvener": lambda row, convenes: row["is_convener"] is convenes,
        "partnerOf": lambda row, id: partners(row, id, "convener_id", "partner_id"),
        "hasPartner": lambda row, id: partners(row, id, "partner_id", "convener_id"),
        "metric": lambda row, asked: _metric(tables, row, asked),
    }
    return lambda row: holds(where, tests, row)


def _metric(tables: Tables, organization: Row, asked: Where) -> bool:
    value = own_metric(tables, organization, asked["key"])
    if value is None:
        return False
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "key": lambda _row, _key: True,
        "value": lambda row, wanted: matches(NUMBER, number(row), wanted),
        "state": lambda row, states: state(tables, row["computed_state"], row["subject_id"]) in states,
    }
    return matches(tests, value, asked)


def own_metric(tables: Tables, organization: Row, key: str) -> Row | None:
    """Return the organization's value of a metric that compares it with no other organization."""
    values = tables.of("metric_value", "subject_id", organization["id"])
    wanted = {definition["id"] for definition in tables.of("metric_definition", "key", key)}
    return next((one for one in values if one["peer_id"] is None and one["definition_id"] in wanted), None)


def number(metric: Row | None) -> Any:
    """Return the number of a metric value, or None if it has none."""
    return None if metric is None or metric["value"] is None else metric["value"].value


def state(tables: Tables, outcome: str, *organizations: int | None) -> str:
    """Return STALE if one of the organizations has a mark, else the stored state."""
    return "STALE" if any(tables.of("mark", "organization_id", one) for one in organizations) else outcome


def partnership_condition(tables: Tables, where: Where | None, day: date | None) -> Condition:
    def partner(row: Row) -> Row:
        return tables.get("organization", row["partner_id"])

    tests: dict[str, Asked] = {
        "role": lambda row, roles: row["role"] in roles,
        "sector": lambda row, sectors: partner(row)["sector"] in sectors,
        "isCurrent": lambda row, current: is_current(row, day) is current,
        "partnerName": lambda row, asked: matches(TEXT, partner(row)["name"], asked),
    }
    return lambda row: holds(where, tests, row)


def claim_condition(tables: Tables, where: Where | None) -> Condition:
    def key(row: Row) -> str:
        return tables.get("property", row["property_id"])["key"]

    tests: dict[str, Asked] = {
        "property": lambda row, asked: matches(TEXT, key(row), asked),
        "rank": lambda row, ranks: row["rank"] in ranks,
        "certainty": lambda row, certainties: row["certainty"] in certainties,
    }
    return lambda row: holds(where, tests, row)


def job_condition(where: Where | None) -> Condition:
    tests: dict[str, Asked] = {
        "status": lambda row, statuses: row["status"] in statuses,
        "subject": lambda row, id: row["organization_id"] == int(id.partition(":")[2]),
        "kind": lambda row, asked: matches(TEXT, row["kind"], asked),
    }
    return lambda row: holds(where, tests, row)


def plain_condition(where: Where | None) -> Condition:
    """Whether each column named by a key is in the given list, matches the given text filter, or equals the value."""

    def is_so(row: Row, key: str, asked: Any) -> bool:
        value = row[snake(key)]
        match asked:
            case Mapping():
                return matches(TEXT, value, asked)
            case list():
                return value in asked
            case _:
                return value == asked

    return lambda row: all(is_so(row, key, asked) for key, asked in (where or {}).items() if asked is not None)


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
