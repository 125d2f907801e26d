"""Data as of a day: a partial date covers all the days that it may mean."""

from decimal import Decimal
from typing import Any

import pytest

from db.connections.engine import Database
from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from tests.rows import Rows
from tests.schema.conftest import Client


def during(start: str | None, end: str | None) -> dict[str, Any]:
    return {
        f"{side}_{part}": value
        for side, edtf in (("start", start), ("end", end))
        if edtf
        for part, value in vars(PartialDate.of(edtf)).items()
    }


@pytest.fixture
async def dated(database: Database) -> Client:
    """Return a convener with partners, employees and a chair that all changed over time."""
    rows = Rows(database)
    convener = await rows.organization(convener=True)
    for start, end in (("2016", "2018-06"), (None, "2015"), ("2019-05", None), (None, None)):
        await rows.partnership(convener, await rows.organization(), **during(start, end))
    for year, count in (("2016", 10), ("2019", 20)):
        await rows.claim(
            "EMPLOYEES", Quantity.of("employee", value=Decimal(count)), year, subject_organization_id=convener
        )
    post = await rows.post(convener)
    for name, start, end in (("first", "2016-09", "2017"), ("second", "2018", None)):
        person = await rows.insert("person", name=name)
        await rows.insert("tenure", post_id=post, person_id=person, **during(start, end))
    return Client(database)


QUERY = """query($day: Date) { organization(slug: "organization-1", asOf: $day) {
  partnerships { totalCount groups(by: ["role"]) { count } nodes { isCurrent partner { slug } } }
  current: partnerships(where: {isCurrent: true}) { nodes { partner { slug } } }
  employees { value } bestClaim(property: "EMPLOYEES") { validDuring } claims { totalCount }
  posts { tenures { person { name } } } } }"""


async def organization(client: Client, day: str | None) -> Any:
    return (await client.data(QUERY, day=day))["organization"]


def partners(connection: Any) -> list[int]:
    return [int(node["partner"]["slug"].removeprefix("organization-")) for node in connection["nodes"]]


@pytest.mark.parametrize(
    ("day", "those"),
    [
        ("2015-12-31", [3, 5]),
        ("2016-01-01", [2, 5]),
        ("2018-06-30", [2, 5]),
        ("2018-07-01", [5]),
        ("2019-04-30", [5]),
        ("2019-05-01", [4, 5]),
        (None, [2, 3, 4, 5]),
    ],
)
async def test_partnerships_are_those_that_may_have_been_on_the_day(
    dated: Client, day: str | None, those: list[int]
) -> None:
    found = (await organization(dated, day))["partnerships"]
    assert partners(found) == those
    assert found["totalCount"] == sum(group["count"] for group in found["groups"]) == len(those)


@pytest.mark.parametrize(
    ("day", "value", "during", "count"),
    [("2016-05-05", "10", "2016", 1), ("2017-05-05", None, None, 0), (None, "20", "2019", 2)],
)
async def test_the_best_claim_is_the_best_of_the_day(
    dated: Client, day: str | None, value: str | None, during: str | None, count: int
) -> None:
    found = await organization(dated, day)
    assert found["employees"] == (value and {"value": value})
    assert found["bestClaim"] == (during and {"validDuring": during})
    assert found["claims"]["totalCount"] == count


@pytest.mark.parametrize(
    ("day", "names"),
    [("2016-08-31", []), ("2017-12-31", ["first"]), ("2018-01-01", ["second"]), (None, ["first", "second"])],
)
async def test_tenures_are_those_of_the_day_at_every_depth(dated: Client, day: str | None, names: list[str]) -> None:
    (post,) = (await organization(dated, day))["posts"]
    assert [tenure["person"]["name"] for tenure in post["tenures"]] == names


async def test_current_is_decided_on_the_given_day(dated: Client) -> None:
    then, now = await organization(dated, "2016-01-01"), await organization(dated, None)
    assert partners(then["current"]) == [2, 5]
    assert partners(now["current"]) == [4, 5]
    assert [node["isCurrent"] for node in now["partnerships"]["nodes"]] == [False, False, True, True]


async def test_each_field_at_the_root_has_a_day_of_its_own(dated: Client) -> None:
    fields = "{ nodes { partnerships { totalCount } } }"
    convener = "where: {isConvener: true}"
    data = await dated.data(
        f'{{ a: organizations({convener}, asOf: "2016-01-01") {fields} b: organizations({convener}) {fields}'
        f' c: organizations({convener}, asOf: "2018-07-01") {fields} }}'
    )
    counts = {key: found["nodes"][0]["partnerships"]["totalCount"] for key, found in data.items()}
    assert counts == {"a": 2, "b": 4, "c": 1}


async def test_partners_are_those_of_the_given_day(dated: Client) -> None:
    query = """query($day: Date) {
      organizations(asOf: $day, where: {partnerOf: "Organization:1"}) { nodes { slug } } }"""
    found = await dated.data(query, day="2018-07-01")
    assert found["organizations"]["nodes"] == [{"slug": "organization-5"}]
    assert len((await dated.data(query))["organizations"]["nodes"]) == 4


@pytest.mark.parametrize("day", ["2016", "2016-02-30", "9999-12-31", "0001-01-01"])
async def test_a_day_that_is_none_is_refused(dated: Client, day: str) -> None:
    assert f"expected a date such as \"2016-09-28\", got '{day}'" in await dated.error(QUERY, day=day)
