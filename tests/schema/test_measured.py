"""Organizations filtered and ordered by a metric."""

from decimal import Decimal
from typing import Any

import pytest

from db.connections.engine import Database
from db.values.vocabulary import MetricState
from tests.rows import Rows
from tests.schema.conftest import Client

# These are sorted as text, which is not the order of the numbers.
NUMBERS = ["-10", "-2", "-2.5", "0", "0.5", "10", "123456789012345678901234567890.1", "9", "9.5"]


@pytest.fixture
async def measured(database: Database) -> Client:
    """Create one organization for each number, named after it, and two without a number."""
    rows = Rows(database)
    definition = await _definition(rows, "ratio")
    other = await _definition(rows, "other")
    for number in [*NUMBERS, None]:
        id = await rows.insert("organization", slug=f"o-{number}", name=str(number), sector="OTHER", is_convener=False)
        outcome = MetricState.FRESH if number else MetricState.INSUFFICIENT_DATA
        await _value(rows, definition, id, number, outcome)
        await _value(rows, other, id, "-1000", MetricState.FRESH)
    await rows.insert("organization", slug="none", name="none", sector="OTHER", is_convener=False)
    await rows.clear()
    return Client(database)


async def _definition(rows: Rows, key: str) -> int:
    said: dict[str, Any] = {
        "title": key,
        "description": key,
        "formula": key,
        "unit": key,
        "version": 1,
        "depends_on": [],
    }
    return await rows.insert("metric_definition", key=key, time_dependent=False, **said)


async def _value(
    rows: Rows, definition: int, subject: int, number: str | None, outcome: MetricState, peer: int | None = None
) -> None:
    value = None if number is None else Decimal(number)
    await rows.insert(
        "metric_value",
        definition_id=definition,
        subject_id=subject,
        peer_id=peer,
        computed_state=outcome,
        value_value=value,
        formula="",
        substitution="",
    )


async def names(client: Client, **variables: Any) -> list[str]:
    query = """query($where: OrganizationWhere, $order: [OrganizationOrder!]) {
      organizations(first: 100, where: $where, orderBy: $order) { nodes { name } } }"""
    return [node["name"] for node in (await client.data(query, **variables))["organizations"]["nodes"]]


def by_ratio(direction: str = "ASC") -> list[dict[str, str]]:
    return [{"field": "METRIC", "metricKey": "ratio", "direction": direction}]


ASCENDING = sorted(NUMBERS, key=Decimal)


@pytest.mark.parametrize(("direction", "order"), [("ASC", ASCENDING), ("DESC", ASCENDING[::-1])])
async def test_numbers_order_as_numbers_and_those_without_come_last(
    measured: Client, direction: str, order: list[str]
) -> None:
    found = await names(measured, order=by_ratio(direction))
    assert found[: len(order)] == order
    assert set(found[len(order) :]) == {"None", "none"}


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize(("size", "cursor"), [("first", "after"), ("last", "before")])
async def test_pages_by_a_number_are_the_whole_list(measured: Client, direction: str, size: str, cursor: str) -> None:
    query = f"""query($at: String, $order: [OrganizationOrder!]) {{
      organizations({size}: 2, {cursor}: $at, orderBy: $order) {{ edges {{ cursor node {{ name }} }} }} }}"""
    order, found, at = by_ratio(direction), list[list[str]](), None
    while edges := (await measured.data(query, at=at, order=order))["organizations"]["edges"]:
        found.append([edge["node"]["name"] for edge in edges])
        at = edges[-1 if size == "first" else 0]["cursor"]
    pages = found if size == "first" else found[::-1]
    assert [name for page in pages for name in page] == await names(measured, order=order)


@pytest.mark.parametrize(
    ("asked", "those"),
    [
        ({}, [*NUMBERS, "None"]),
        ({"value": {"eq": "9.50"}}, ["9.5"]),
        ({"value": {"gte": "9"}}, ["10", "123456789012345678901234567890.1", "9", "9.5"]),
        ({"value": {"gte": "123456789012345678901234567890.2"}}, []),
        ({"value": {"lte": "-2"}}, ["-10", "-2", "-2.5"]),
        ({"value": {"gte": -2, "lte": 0.5}}, ["-2", "0", "0.5"]),
        ({"value": {"isNull": True}}, ["None"]),
        ({"value": {"isNull": False, "lte": "-10"}}, ["-10"]),
        ({"value": {"isNull": None}, "state": None}, [*NUMBERS, "None"]),
        ({"state": ["INSUFFICIENT_DATA", "FAILED"]}, ["None"]),
        ({"state": []}, []),
    ],
)
async def test_a_filter_by_a_number_leaves_what_it_says(measured: Client, asked: Any, those: list[str]) -> None:
    assert await names(measured, where={"metric": {"key": "ratio", **asked}}) == those
    rest = [name for name in [*NUMBERS, "None", "none"] if name not in those]
    assert await names(measured, where={"not": {"metric": {"key": "ratio", **asked}}}) == rest


async def test_a_marked_organizations_number_is_stale(measured: Client) -> None:
    await Rows(measured.database).execute("UPDATE organization SET sector = 'MEDIA' WHERE name = '9'")
    assert await names(measured, where={"metric": {"key": "ratio", "state": ["STALE"]}}) == ["9"]


async def test_numbers_that_compare_two_are_shown_but_neither_filter_nor_order(measured: Client) -> None:
    rows = Rows(measured.database)
    definition = await _definition(rows, "overlap")
    for subject, peer, number in ((1, 2, "0.5"), (2, 1, "0.5"), (1, 3, "0.25"), (3, 1, "0.25")):
        await _value(rows, definition, subject, number, MetricState.FRESH, peer)
    overlap = [{"field": "METRIC", "metricKey": "overlap", "direction": "ASC"}]
    by_id = [*NUMBERS, "None", "none"]
    assert await names(measured, order=overlap) == by_id
    assert await names(measured, where={"metric": {"key": "overlap"}}) == []
    assert await names(measured, where={"not": {"metric": {"key": "overlap", "value": {"gte": 0}}}}) == by_id
    shown = "peer { id }"
    query = f"""{{
      organization(id: "Organization:1") {{
        metric(key: "overlap") {{ {shown} }} metrics(keys: ["overlap"]) {{ {shown} }} }}
      compareOrganizations(ids: ["Organization:1", "Organization:2"], keys: ["overlap"]) {{
        subject {{ id }} {shown} }} }}"""
    data = await measured.data(query)
    two, three = ({"peer": {"id": id}} for id in ("Organization:2", "Organization:3"))
    assert data["organization"] == {"metric": None, "metrics": [two, three]}
    assert [(one["subject"]["id"], one["peer"]["id"]) for one in data["compareOrganizations"]] == [
        ("Organization:1", "Organization:2"),
        ("Organization:2", "Organization:1"),
    ]


async def test_number_that_compares_two_is_stale_while_its_peer_is_marked(measured: Client) -> None:
    rows = Rows(measured.database)
    await _value(rows, await _definition(rows, "overlap"), 1, "0.5", MetricState.FRESH, 2)
    query = '{ organization(id: "Organization:1") { metrics(keys: ["overlap"]) { state staleSince } } }'

    async def shown() -> tuple[str, bool]:
        (value,) = (await measured.data(query))["organization"]["metrics"]
        return value["state"], value["staleSince"] is not None

    assert await shown() == ("FRESH", False)
    await rows.execute("UPDATE organization SET sector = 'MEDIA' WHERE id = 2")
    assert await shown() == ("STALE", True)


@pytest.mark.parametrize(
    ("order", "got"),
    [({"field": "METRIC"}, "METRIC without it"), ({"field": "NAME", "metricKey": "ratio"}, "NAME with it")],
)
async def test_a_metrics_key_goes_with_its_order(measured: Client, order: Any, got: str) -> None:
    message = await measured.error(
        "query($order: [OrganizationOrder!]) { organizations(orderBy: $order) { totalCount } }", order=[order]
    )
    assert message == f"expected metricKey with METRIC and with no other field, got {got}"
