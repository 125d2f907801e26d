"""Filters. All given conditions must hold, and null is no condition."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tests.proof.reference.tables import Condition, Row, Tables, is_current, valid_on

Where = Mapping[str, Any]
Test = Callable[[Row, Any], bool]


def meets_all(where: Where | None, tests: Mapping[str, Test], row: Row) -> bool:
    """Return whether a row meets all conditions of a filter."""
    given = {key: value for key, value in (where or {}).items() if value is not None}
    return all(_meets(key, value, tests, row) for key, value in given.items())


def _meets(key: str, value: Any, tests: Mapping[str, Test], row: Row) -> bool:
    match key:
        case "and":
            return all(meets_all(part, tests, row) for part in value)
        case "or":
            return any(meets_all(part, tests, row) for part in value)
        case "not":
            return not meets_all(value, tests, row)
        case _:
            return tests[key](row, value)


TEXT: Mapping[str, Callable[[str, Any], bool]] = {
    "eq": lambda text, expected: text == expected,
    "in": lambda text, expected: text in expected,
    "contains": lambda text, expected: expected in text,
    "startsWith": lambda text, expected: text.startswith(expected),
}

NUMBER: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda number, expected: number is not None and number == expected,
    "gte": lambda number, expected: number is not None and number >= expected,
    "lte": lambda number, expected: number is not None and number <= expected,
    "isNull": lambda number, expected: (number is None) is expected,
}


def matches(tests: Mapping[str, Callable[[Any, Any], bool]], value: Any, given: Where) -> bool:
    """Return whether a value passes all tests that the filter names."""
    return all(tests[key](value, expected) for key, expected in given.items() if expected is not None)


def organization_condition(tables: Tables, where: Where | None, day: date | None) -> Condition:
    """Return the filter's condition on organizations, with partnerships and metrics as of the day."""

    def partners(row: Row, id: str, here: str, there: str) -> bool:
        other = int(id.partition(":")[2])
        return any(one[there] == row["id"] for one in valid_on(day, tables.where("partnership", here, other)))

    tests: dict[str, Test] = {
        "name": lambda row, given: matches(TEXT, row["name"], given),
        "sector": lambda row, sectors: row["sector"] in sectors,
        "isConvener": lambda row, convenes: row["is_convener"] is convenes,
        "partnerOf": lambda row, id: partners(row, id, "convener_id", "partner_id"),
        "hasPartner": lambda row, id: partners(row, id, "partner_id", "convener_id"),
        "metric": lambda row, given: _metric(tables, row, given),
    }
    return lambda row: meets_all(where, tests, row)


def _metric(tables: Tables, organization: Row, given: Where) -> bool:
    value = own_metric(tables, organization, given["key"])
    if value is None:
        return False
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "key": lambda _row, _key: True,
        "value": lambda row, expected: matches(NUMBER, number(row), expected),
        "state": lambda row, states: state(tables, row["computed_state"], row["subject_id"]) in states,
    }
    return matches(tests, value, given)


def own_metric(tables: Tables, organization: Row, key: str) -> Row | None:
    """Return the organization's value of a metric that compares it with no other organization."""
    values = tables.where("metric_value", "subject_id", organization["id"])
    definitions = {definition["id"] for definition in tables.where("metric_definition", "key", key)}
    return next((one for one in values if one["peer_id"] is None and one["definition_id"] in definitions), None)


def number(metric: Row | None) -> Any:
    """Return the number of a metric value, or None if it has none."""
    return None if metric is None or metric["value"] is None else metric["value"].value


def state(tables: Tables, outcome: str, *organizations: int | None) -> str:
    """Return STALE if one of the organizations has a mark, else the stored state."""
    return "STALE" if any(tables.where("mark", "organization_id", one) for one in organizations) else outcome


def partnership_condition(tables: Tables, where: Where | None, day: date | None) -> Condition:
    def partner(row: Row) -> Row:
        return tables.get("organization", row["partner_id"])

    tests: dict[str, Test] = {
        "role": lambda row, roles: row["role"] in roles,
        "sector": lambda row, sectors: partner(row)["sector"] in sectors,
        "isCurrent": lambda row, current: is_current(row, day) is current,
        "partnerName": lambda row, given: matches(TEXT, partner(row)["name"], given),
    }
    return lambda row: meets_all(where, tests, row)


def claim_condition(tables: Tables, where: Where | None) -> Condition:
    def key(row: Row) -> str:
        return tables.get("property", row["property_id"])["key"]

    tests: dict[str, Test] = {
        "property": lambda row, given: matches(TEXT, key(row), given),
        "rank": lambda row, ranks: row["rank"] in ranks,
        "certainty": lambda row, certainties: row["certainty"] in certainties,
    }
    return lambda row: meets_all(where, tests, row)


def job_condition(where: Where | None) -> Condition:
    tests: dict[str, Test] = {
        "status": lambda row, statuses: row["status"] in statuses,
        "subject": lambda row, id: row["organization_id"] == int(id.partition(":")[2]),
        "kind": lambda row, given: matches(TEXT, row["kind"], given),
    }
    return lambda row: meets_all(where, tests, row)


def plain_condition(where: Where | None) -> Condition:
    """Return the condition that each column that a key names is in the list, matches the text filter, or is equal."""

    def is_met(row: Row, key: str, asked: Any) -> bool:
        value = row[snake(key)]
        match asked:
            case Mapping():
                return matches(TEXT, value, asked)
            case list():
                return value in asked
            case _:
                return value == asked

    return lambda row: all(is_met(row, key, asked) for key, asked in (where or {}).items() if asked is not None)


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
