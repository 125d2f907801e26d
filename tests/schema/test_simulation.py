"""Simulations: they predict the result of a write and write nothing."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, select, update

from db.derived.definitions import sync_definitions
from db.models import Base, Claim, Property
from db.values.vocabulary import Rank, Sector
from schema.service import Caller, Operation
from tests.rows import Rows
from tests.schema.conftest import ADMIN, Client
from workers.metrics.catalogue import CATALOGUE, METRICS
from workers.recompute import recompute

VALUE = """state value { value lower upper unit currency comparator boundsBasis display asOf }
  slices { key label count share { value lower upper display } } warnings { code message inputs }"""
SIMULATE = f"""query($changes: [SimulatedChange!]!, $keys: [String!], $of: ID = "Organization:1") {{
  simulate(organization: $of, changes: $changes, keys: $keys) {{
    key title formula unit changed before {{ {VALUE} substitution }} after {{ {VALUE} substitution }} }} }}"""
STORED = f"""{{ organization(id: "Organization:1") {{
  metrics {{ definition {{ key }} {VALUE} explain {{ substitution }} }} }} }}"""


async def response(client: Client, *changes: Any, **variables: Any) -> Any:
    asked = Operation(SIMULATE, {"changes": list(changes), **variables})
    return orjson.loads((await client.service.answer(asked, Caller())).body)


async def simulated(client: Client, *changes: Any, **variables: Any) -> dict[str, Any]:
    """Return the simulated metrics by key. The request has no API key."""
    answer = await response(client, *changes, **variables)
    assert "errors" not in answer, answer
    return {metric["key"]: metric for metric in answer["data"]["simulate"]}


async def refusal(client: Client, *changes: Any, **variables: Any) -> str:
    answer = await response(client, *changes, **variables)
    [error] = answer["errors"]
    assert answer["data"] is None
    return error["message"]


async def stored(client: Client) -> dict[str, Any]:
    """Return the metrics that the workers compute now, in the form of simulated values."""
    await recompute(client.database, [1])
    found = (await client.data(STORED))["organization"]["metrics"]
    return {metric.pop("definition")["key"]: metric | metric.pop("explain") for metric in found}


@pytest.fixture
async def defined(writer: Client) -> Client:
    """Return a client of a registry whose metrics are defined and fresh, and which only this test uses."""
    async with writer.database.write() as session:
        await sync_definitions(session, CATALOGUE)
    await recompute(writer.database, [1])
    return writer


def claimed(key: str, value: Any, during: str | None = None) -> Any:
    return {"claim": {"property": key, "value": value, **({"validDuring": during} if during else {})}}


def counted(number: int, unit: str) -> Any:
    return {"quantity": {"value": number, "unit": unit}}


async def believe(client: Client, claim_id: int) -> None:
    """Rank the claim as PREFERRED, and no other claim with its subject and property."""
    table: Any = Claim.__table__
    async with client.database.write() as session:
        row = (await session.execute(select(table).where(table.c.id == claim_id))).one()
        rivals = (table.c.property_id == row.property_id) & (
            table.c.subject_organization_id == row.subject_organization_id
        )
        demoted = update(table).where(rivals, table.c.rank == Rank.PREFERRED)
        await session.execute(demoted.values(rank=Rank.NORMAL))
        await session.execute(update(table).where(table.c.id == claim_id).values(rank=Rank.PREFERRED))


def claiming(key: str, value: Any, during: str | None = None) -> Callable[[Client], Awaitable[Any]]:
    """Return a function that adds the claim and ranks it as PREFERRED."""

    async def write(client: Client) -> None:
        made = """mutation($input: ClaimInput!) { assertClaim(input: $input) { __typename
          ... on AssertClaimSuccess { claim { id } } } }"""
        input = {"subject": "Organization:1", "property": key, "value": value, "validDuring": during, "citations": []}
        done = await client.ask(made, {"input": input}, ADMIN)
        await believe(client, int(done["data"]["assertClaim"]["claim"]["id"].partition(":")[2]))

    return write


async def first_claim(client: Client, key: str) -> int:
    async with client.database.read() as session:
        wanted = select(Claim.id).join(Property).where(Property.key == key, Claim.subject_organization_id == 1)
        return (await session.scalars(wanted.order_by(Claim.id))).all()[0]


CLAIMS = [
    ("EMPLOYEES", counted(40, "employee"), None, {"revenue_per_employee", "partners_per_employee"}),
    ("PARTNER_COUNT", counted(150, "organization"), "2025", {"partner_growth", "partner_type_breakdown"}),
    ("FRONTIER_LAB_PARTICIPATION", {"text": "SOME"}, None, {"frontier_lab_participation"}),
    ("FOUNDING_DATE", {"date": "2015"}, None, {"conflict_rate"}),
    ("EMPLOYEES", {"noValue": True}, "2025", {"conflict_rate"}),
]


@pytest.mark.parametrize(("key", "value", "during", "changed"), CLAIMS)
async def test_a_simulated_claim_gives_what_writing_it_gives(
    defined: Client, key: str, value: Any, during: str | None, changed: set[str]
) -> None:
    await comes_true(defined, [claimed(key, value, during)], [claiming(key, value, during)], changed)


async def test_simulating_without_a_claim_gives_what_deleting_it_gives(defined: Client) -> None:
    id = await first_claim(defined, "ANNUAL_REVENUE")

    async def write(client: Client) -> None:
        async with client.database.write() as session:
            await session.execute(delete(Claim).where(Claim.id == id))

    await comes_true(defined, [{"withoutClaim": f"Claim:{id}"}], [write], {"revenue_per_employee"})


async def test_simulating_another_belief_gives_what_ranking_gives(defined: Client) -> None:
    async with defined.database.read() as session:
        founders = select(Claim).join(Property).where(Property.key == "FOUNDER_COUNT").order_by(Claim.id)
        [seven] = [
            claim
            for claim in (await session.scalars(founders)).all()
            if claim.quantity.value == 7 and claim.subject_organization_id == 1
        ]

    async def write(client: Client) -> None:
        await believe(client, seven.id)

    await comes_true(defined, [{"preferClaim": f"Claim:{seven.id}"}], [write], {"founding_share"})


async def join(client: Client) -> None:
    """Add two academic organizations, as partners since today."""
    rows = Rows(client.database)
    for _ in range(2):
        await rows.partnership(1, await rows.organization(sector=Sector.ACADEMIA), **on("start", today()))


async def test_simulated_partners_give_what_joining_gives(defined: Client) -> None:
    more = {"partners": {"sector": "ACADEMIA", "by": 2}}
    await comes_true(defined, [more], [join], {"partner_type_breakdown", "listed_partner_coverage"})


async def test_partners_simulated_away_give_what_leaving_gives(defined: Client) -> None:
    rows = Rows(defined.database)
    yesterday = today() - timedelta(days=1)
    id = await rows.partnership(1, await rows.organization(), **on("start", yesterday))

    async def write(client: Client) -> None:
        table: Any = Base.metadata.tables["partnership"]
        async with client.database.write() as session:
            await session.execute(update(table).where(table.c.id == id).values(on("end", yesterday)))

    fewer = {"partners": {"sector": "INDUSTRY", "by": -1}}
    await comes_true(defined, [fewer], [write], {"partner_type_breakdown", "partner_churn"})


async def test_several_changes_are_simulated_one_upon_the_other(defined: Client) -> None:
    counts = [("EMPLOYEES", counted(number, "employee")) for number in (50, 40)]
    changes = [claimed(*counts[0]), {"partners": {"sector": "ACADEMIA", "by": 2}}, claimed(*counts[1])]
    writes = [claiming(*counts[0]), join, claiming(*counts[1])]
    await comes_true(defined, changes, writes, {"revenue_per_employee", "partner_type_breakdown"})


async def comes_true(
    client: Client, changes: list[Any], writes: list[Callable[[Client], Awaitable[Any]]], changed: set[str]
) -> None:
    """Assert that simulating `changes` gives what recomputing gives after `writes`, and changes these metrics."""
    simulation = await simulated(client, *changes)
    assert list(simulation) == [metric.key for metric in METRICS]
    before = await stored(client)
    assert {key: one["before"] for key, one in simulation.items()} == before
    known = await row_ids(client)
    for write in writes:
        await write(client)
    after = await stored(client)
    for value in after.values():
        for warning in value["warnings"]:
            # A simulated claim has no id.
            warning["inputs"] = [id for id in warning["inputs"] if not id.startswith("Claim:") or id in known]
    assert {key: one["after"] for key, one in simulation.items()} == after
    assert changed <= {key for key, one in simulation.items() if one["changed"]}
    assert {key for key, one in simulation.items() if one["changed"]} == {
        key for key in before if any(before[key][part] != after[key][part] for part in ("state", "value", "slices"))
    }


async def row_ids(client: Client) -> set[str]:
    async with client.database.read() as session:
        return {f"Claim:{id}" for id in await session.scalars(select(Claim.id))}


def today() -> date:
    return datetime.now(UTC).date()


def on(name: str, day: date) -> dict[str, Any]:
    return {f"{name}_edtf": day.isoformat(), f"{name}_earliest": day, f"{name}_latest": day}


async def test_forty_employees(client: Client) -> None:
    found = await simulated(client, claimed("EMPLOYEES", counted(40, "employee")), keys=["revenue_per_employee"])
    [one] = found.values()
    assert (one["title"], one["unit"]) == ("Revenue per employee", "USD")
    assert (one["before"]["value"]["value"], one["after"]["value"]["value"]) == ("178378.38", "165000")
    assert one["after"]["substitution"].startswith("6,600,000 USD ÷ 40 employees = 165,000 USD")
    assert one["changed"]
    assert all(id.startswith("Claim:2") for warning in one["after"]["warnings"] for id in warning["inputs"])


async def test_a_large_number_is_written_plainly(client: Client) -> None:
    count = {"quantity": {"value": "1E+70", "unit": "organization"}}
    found = await simulated(client, claimed("PARTNER_COUNT", count), keys=["revenue_per_partner", "founding_share"])
    assert found["founding_share"]["after"]["value"]["value"] == "0"


async def test_nothing_is_written(defined: Client) -> None:
    before = await everything(defined)
    await simulated(
        defined,
        claimed("EMPLOYEES", counted(40, "employee")),
        {"withoutClaim": "Claim:1"},
        {"preferClaim": "Claim:3"},
        {"partners": {"sector": "ACADEMIA", "by": 2}},
    )
    assert await everything(defined) == before


async def everything(client: Client) -> dict[str, list[Any]]:
    """Return every row of every table."""
    async with client.database.read() as session:
        return {
            table.name: sorted(map(str, (await session.execute(select(table))).all()))
            for table in Base.metadata.sorted_tables
        }


FORTY = claimed("EMPLOYEES", counted(40, "employee"))
AMOUNT = {"value": 40, "unit": "employee", "comparator": "BETWEEN"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (claimed("EMPLOYEE", counted(40, "employee")), "expected one of the properties ADOPTED_BY, ADOPTER_COUNT"),
        (claimed("EMPLOYEES", counted(40, "head")), "expected the unit 'employee' for EMPLOYEES, got 'head'"),
        (claimed("EMPLOYEES", {"text": "many"}), "expected a QUANTITY for EMPLOYEES, got a TEXT"),
        (claimed("EMPLOYEES", {"quantity": AMOUNT}), "expected 'lower' for BETWEEN, got none"),
        (claimed("EMPLOYEES", {"noValue": False}), "expected noValue to be true, got false"),
        (claimed("MISSION", {"text": " "}), "expected text not to be blank, got ' '"),
        (claimed("FRONTIER_LAB", {"node": "Organization:2"}), "expected a value other than a node, got 'Organization"),
        ({"withoutClaim": "Claim:4711"}, "expected a claim about Organization:1 or its rows"),
        ({"preferClaim": "Person:1"}, "expected a Claim id, got a Person id"),
        ({"partners": {"sector": "MEDIA", "by": -1}}, "expected `by` to be at least 0, because 0 partners are in"),
    ],
)  # fmt: skip
async def test_a_change_that_makes_no_sense_is_refused_with_its_place(
    client: Client, change: Any, message: str
) -> None:
    assert (await refusal(client, FORTY, change)).startswith(f"changes[1]: {message}")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"of": "Organization:4711"}, "expected an organization that exists, got Organization:4711"),
        ({"of": "Organization:2"}, "expected a convener, got Organization:2, which has no metrics"),
        ({"of": "Claim:1"}, "expected an Organization id, got a Claim id"),
        ({"of": "1"}, "expected an id like \"Organization:12\", got '1'"),
        ({"keys": ["revenue"]}, "expected keys among revenue_per_employee, revenue_per_partner"),
        ({"changes": []}, "expected between 1 and 20 changes, got 0"),
        ({"changes": [FORTY] * 21}, "expected between 1 and 20 changes, got 21"),
    ],
)
async def test_a_bad_question_is_refused(client: Client, variables: Any, message: str) -> None:
    assert (await refusal(client, FORTY, **variables)).startswith(message)


@pytest.mark.parametrize("change", [{}, {"withoutClaim": "Claim:1", "preferClaim": "Claim:1"}, {"withoutClaim": None}])
async def test_a_change_is_exactly_one_thing(client: Client, change: Any) -> None:
    answer = await response(client, change)
    assert "data" not in answer
    assert "one" in answer["errors"][0]["message"] or "non-null" in answer["errors"][0]["message"]


async def test_twenty_changes_take_as_many_statements_as_one(client: Client) -> None:
    taken: list[int] = []
    for changes in ([FORTY], [FORTY] * 20):
        client.statements.clear()
        await simulated(client, *changes)
        taken.append(len(client.statements))
    # The sum is BEGIN on SQLite, the organization, its claims, six tables of which two take two, and the properties.
    assert taken == [11 + (client.database.dialect.name == "sqlite")] * 2


async def test_beside_it_other_fields_are_answered_by_their_own_statements(client: Client) -> None:
    query = """{ simulate(organization: "Organization:1", changes: [{withoutClaim: "Claim:1"}], keys: []) { key }
      organization(slug: "amazon") { name } queueHealth { dead } __typename }"""
    answer = await client.service.answer(Operation(query), Caller())
    assert orjson.loads(answer.body)["data"] == {
        "simulate": [],
        "organization": {"name": "Amazon"},
        "queueHealth": {"dead": 0},
        "__typename": "Query",
    }


async def test_several_simulations_are_answered_at_once(client: Client) -> None:
    one = 'simulate(organization: "Organization:1", changes: [{withoutClaim: "Claim:%d"}]) { key changed }'
    query = " ".join(f"a{number}: {one % number}" for number in range(1, 21))
    answer = await client.service.answer(Operation(f"{{ {query} }}"), Caller())
    assert len(orjson.loads(answer.body)["data"]) == 20


async def test_a_simulation_costs_what_gathering_takes(client: Client) -> None:
    one = 'simulate(organization: "Organization:1", changes: []) { key }'
    message = await client.error(f"{{ {' '.join(f'a{number}: {one}' for number in range(25))} }}")
    assert (
        message == f"expected at most 500000 cost points, got {25 * (20_000 + 1 + 5)}:"
        " ask for fewer items (first) or fewer levels"
    )
