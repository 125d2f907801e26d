"""Asserting claims and ranking them."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from db.commands.audit import Author
from db.commands.citation import Quote
from db.commands.claim import Value, assert_claim, set_claim_rank
from db.commands.save import Saved
from db.connections.engine import Database
from db.errors import DomainError, Invalid, NotFound, VersionConflict
from db.facts.best_claim import best
from db.models import Change, Citation, Claim, Mark
from db.models.claim import SUBJECTS
from db.values.partial_date import PartialDate
from db.values.quantity import Comparator, Quantity
from db.values.reference import Reference
from db.values.vocabulary import Certainty, Datatype, Operation, Rank, ValueStatus
from tests.rows import Rows

AUTHOR = Author("ana", "it says so", "request-1")
FORTY = Quantity.of("employees", value=Decimal(40))


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


@pytest.fixture
async def pai(rows: Rows) -> Reference:
    """Return an organization in a database with the properties that the tests use."""
    for key, datatype, unit in (
        ("employees", Datatype.QUANTITY, "employees"),
        ("headquarters", Datatype.TEXT, None),
        ("founded_on", Datatype.DATE, None),
        ("founder", Datatype.NODE, None),
        ("size", Datatype.QUANTITY, None),
    ):
        await rows.insert("property", key=key, label=key, datatype=datatype, unit=unit, multivalued=False)
    return Reference("Organization", await rows.organization(convener=True))


async def asserted(database: Database, subject: Reference, key: str, value: Value, **more: Any) -> Change:
    async with database.write() as session:
        made = await assert_claim(session, AUTHOR, subject=subject, property_key=key, value=value, **more)
    return await change_of(database, made)


async def ranked(database: Database, claim_id: int, rank: Rank, expected_version: int | None = None) -> Change:
    async with database.write() as session:
        made = await set_claim_rank(session, AUTHOR, claim_id=claim_id, rank=rank, expected_version=expected_version)
    return await change_of(database, made)


async def change_of(database: Database, made: Saved) -> Change:
    """Return the logged change. There must be one."""
    assert made.change_id is not None
    async with database.read() as session:
        return await session.get_one(Change, made.change_id)


async def claim(database: Database, id: int) -> Claim:
    async with database.read() as session:
        return await session.get_one(Claim, id)


async def counts(database: Database) -> list[int | None]:
    async with database.read() as session:
        return [
            await session.scalar(select(func.count()).select_from(table)) for table in (Claim, Change, Citation, Mark)
        ]


async def test_a_claim_stands_with_its_quantity_and_date(database: Database, pai: Reference) -> None:
    about = Quantity.of("employees", Comparator.APPROXIMATE, value=Decimal(37), display="≈37 employees")
    change = await asserted(
        database, pai, "employees", about, valid_during="2024", certainty=Certainty.HEDGED, stated_in="Form 990"
    )
    made = await claim(database, change.node_id)
    assert made.quantity is not None
    assert (made.quantity.lower, made.quantity.upper) == (Decimal("36.5"), Decimal("37.5"))
    assert (made.quantity.display, made.quantity.as_of) == ("≈37 employees", "2024")
    assert made.valid_during == PartialDate.of("2024")
    assert (made.value_status, made.value_kind) == (ValueStatus.VALUE, Datatype.QUANTITY)
    assert (made.rank, made.certainty, made.stated_in) == (Rank.NORMAL, Certainty.HEDGED, "Form 990")
    assert (made.subject_organization_id, made.version) == (pai.id, 1)


async def test_a_change_says_who_claimed_what_and_why(database: Database, pai: Reference) -> None:
    change = await asserted(database, pai, "employees", FORTY, valid_during="2024")
    assert (change.actor, change.reason, change.request_id) == ("ana", "it says so", "request-1")
    assert (change.operation, change.node_type, change.organization_id) == (Operation.CREATE, "Claim", pai.id)
    assert change.before is None
    assert change.after is not None
    said = {"quantity_value": "40", "quantity_comparator": "EXACT", "valid_during_latest": "2024-12-31", "version": 1}
    assert said.items() <= change.after.items()


async def test_a_quantitys_date_is_the_claims(database: Database, pai: Reference) -> None:
    dated = Quantity.of("employees", value=Decimal(40), as_of="2022")
    change = await asserted(database, pai, "employees", dated)
    assert (await claim(database, change.node_id)).valid_during == PartialDate.of("2022")


async def test_a_claim_marks_its_organization_in_the_same_transaction(
    database: Database, rows: Rows, pai: Reference
) -> None:
    await rows.clear()
    await asserted(database, pai, "employees", FORTY)
    assert await rows.marked() == {pai.id}


async def test_a_later_claim_of_the_same_rank_and_date_is_the_best(database: Database, pai: Reference) -> None:
    await asserted(database, pai, "employees", Quantity.of("employees", Comparator.APPROXIMATE, value=Decimal(37)))
    later = await asserted(database, pai, "employees", FORTY)
    async with database.read() as session:
        claims = select(Claim.id).where(Claim.subject_organization_id == pai.id)
        assert await session.scalar(best(claims, "employees")) == later.node_id


async def test_values_of_each_datatype_are_kept(database: Database, pai: Reference, rows: Rows) -> None:
    person = Reference("Person", await rows.insert("person", name="Ada"))
    text = await asserted(database, pai, "headquarters", "San Francisco")
    date = await asserted(database, pai, "founded_on", PartialDate.of("2016-09"), valid_during="2020/..")
    organization = await asserted(database, pai, "founder", pai)
    human = await asserted(database, pai, "founder", person)
    assert (await claim(database, text.node_id)).text == "San Francisco"
    dated = await claim(database, date.node_id)
    assert (dated.date, dated.valid_during) == (PartialDate.of("2016-09"), PartialDate.of("2020/.."))
    assert (await claim(database, organization.node_id)).value_organization_id == pai.id
    assert (await claim(database, human.node_id)).value_person_id == person.id


@pytest.mark.parametrize("value_status", [ValueStatus.SOME_VALUE, ValueStatus.NO_VALUE])
async def test_any_property_accepts_some_value_and_no_value(
    database: Database, pai: Reference, value_status: ValueStatus
) -> None:
    change = await asserted(database, pai, "employees", value_status, valid_during="2024")
    made = await claim(database, change.node_id)
    assert (made.value_status, made.value_kind, made.quantity) == (value_status, None, None)
    assert made.valid_during == PartialDate.of("2024")


async def test_a_change_is_about_the_organization_that_owns_the_subject(
    database: Database, rows: Rows, pai: Reference
) -> None:
    workstream = await rows.workstream(pai.id)
    owners = {
        Reference("Workstream", workstream): pai.id,
        Reference("Output", await rows.output(workstream)): pai.id,
        Reference("Post", await rows.post(pai.id)): pai.id,
        Reference("Person", await rows.insert("person", name="Ada")): None,
    }
    for subject, owner in owners.items():
        change = await asserted(database, subject, "size", FORTY)
        assert change.organization_id == owner
        assert (await ranked(database, change.node_id, Rank.PREFERRED)).organization_id == owner


NOWHERE = Reference("Organization", 404)
REFUSED: list[tuple[Mapping[str, Any], type[DomainError], tuple[str, ...], str]] = [
    (
        {"key": "emplyees"},
        Invalid,
        ("input", "property"),
        "properties employees, founded_on, .* got 'emplyees'",
    ),
    ({"value": "forty"}, Invalid, ("input", "value"), "expected a QUANTITY for employees, got a TEXT"),
    ({"value": PartialDate.of("2016")}, Invalid, ("input", "value"), "expected a QUANTITY for employees, got a DATE"),
    ({"value": NOWHERE}, Invalid, ("input", "value"), "expected a QUANTITY for employees, got a NODE"),
    ({"value": ValueStatus.VALUE}, Invalid, ("input", "value"), "expected a value, SOME_VALUE or NO_VALUE, got VALUE"),
    (
        {"value": Quantity.of("USD", value=Decimal(40))},
        Invalid,
        ("input", "value", "quantity", "unit"),
        "expected the unit 'employees' for employees, got 'USD'",
    ),
    (
        {"value": Quantity.of("employees", value=Decimal(40), display="40\0")},
        Invalid,
        ("input", "value", "quantity", "display"),
        "expected display as Unicode text without NUL",
    ),
    ({"key": "headquarters", "value": " "}, Invalid, ("input", "value", "text"), "expected text not to be blank"),
    (
        {"key": "headquarters", "value": "\ud800"},
        Invalid,
        ("input", "value", "text"),
        r"expected text as Unicode text without NUL, got '\\ud800'",
    ),
    (
        {"key": "founder", "value": NOWHERE},
        NotFound,
        ("input", "value", "node"),
        "expected an existing Organization, got Organization:404",
    ),
    (
        {"key": "founder", "value": Reference("Post", 1)},
        Invalid,
        ("input", "value", "node"),
        "expected the id of one of Organization, Person, got Post:1",
    ),
    ({"subject": NOWHERE}, NotFound, ("input", "subject"), "expected an existing Organization, got Organization:404"),
    (
        {"subject": Reference("Output", 404)},
        NotFound,
        ("input", "subject"),
        "expected an existing Output, got Output:404",
    ),
    (
        {"subject": Reference("Person", 404)},
        NotFound,
        ("input", "subject"),
        "expected an existing Person, got Person:404",
    ),
    (
        {"subject": Reference("Source", 1)},
        Invalid,
        ("input", "subject"),
        f"expected the id of one of {', '.join(sorted(SUBJECTS))}, got Source:1",
    ),
    ({"valid_during": "FY22"}, Invalid, ("input", "validDuring"), "an EDTF date such as .* got 'FY22'"),
    ({"valid_during": ""}, Invalid, ("input", "validDuring"), "an EDTF date such as .* got ''"),
    (
        {"value": Quantity.of("employees", value=Decimal(40), as_of="2022"), "valid_during": "2024"},
        Invalid,
        ("input", "validDuring"),
        "expected the quantity's date for validDuring, '2022', or none, got '2024'",
    ),
    ({"stated_in": ""}, Invalid, ("input", "statedIn"), "expected statedIn not to be blank, got ''"),
    (
        {"quotes": [Quote(404, "forty")]},
        NotFound,
        ("input", "citations", "0", "source"),
        "expected an existing Source, got Source:404",
    ),
]


async def test_bad_claims_are_refused_and_leave_nothing(database: Database, pai: Reference) -> None:
    good: dict[str, Any] = {"subject": pai, "key": "employees", "value": FORTY}
    before = await counts(database)
    for given, kind, path, message in REFUSED:
        with pytest.raises(kind, match=message) as refused:
            await asserted(database, **{**good, **given})
        assert refused.value.path == path
        assert await counts(database) == before


async def test_a_blank_reason_is_refused_and_leaves_nothing(database: Database, pai: Reference) -> None:
    before = await counts(database)
    with pytest.raises(Invalid, match="expected reason not to be blank") as refused:
        async with database.write() as session:
            await assert_claim(session, Author("ana", ""), subject=pai, property_key="employees", value=FORTY)
    assert refused.value.path == ("write", "reason")
    assert await counts(database) == before


async def test_a_ranked_claim_has_the_rank_and_the_reason_and_a_new_version(
    database: Database, rows: Rows, pai: Reference
) -> None:
    first = (await asserted(database, pai, "employees", FORTY, valid_during="2024")).node_id
    second = (await asserted(database, pai, "employees", FORTY)).node_id
    await ranked(database, first, Rank.PREFERRED)
    await rows.clear()
    change = await ranked(database, second, Rank.PREFERRED, expected_version=1)
    made = await claim(database, second)
    assert (made.rank, made.rank_reason, made.version) == (Rank.PREFERRED, "it says so", 2)
    assert (await claim(database, first)).rank is Rank.PREFERRED, "other claims keep their rank"
    assert (change.operation, change.node_id, change.organization_id) == (Operation.UPDATE, second, pai.id)
    assert change.before is not None
    assert change.after is not None
    assert (change.before["rank"], change.after["rank"]) == ("NORMAL", "PREFERRED")
    assert (change.before["version"], change.after["version"]) == (1, 2)
    assert change.before["updated_at"] < change.after["updated_at"]
    assert await rows.marked() == {pai.id}


async def test_ranking_keeps_the_claims_value_and_date(database: Database, pai: Reference) -> None:
    id = (await asserted(database, pai, "employees", FORTY, valid_during="2024")).node_id
    before = await claim(database, id)
    await ranked(database, id, Rank.DEPRECATED)
    after = await claim(database, id)
    assert (after.quantity, after.valid_during) == (before.quantity, before.valid_during)


async def test_ranking_a_missing_claim_is_refused(database: Database, pai: Reference) -> None:
    with pytest.raises(NotFound, match="expected an existing Claim, got Claim:404") as refused:
        await ranked(database, 404, Rank.PREFERRED)
    assert (refused.value.type_name, refused.value.id, refused.value.path) == ("Claim", 404, ("claim",))


async def test_ranking_at_an_old_version_is_refused_and_leaves_nothing(database: Database, pai: Reference) -> None:
    id = (await asserted(database, pai, "employees", FORTY)).node_id
    await ranked(database, id, Rank.PREFERRED)
    before = await counts(database)
    with pytest.raises(VersionConflict, match=f"expected Claim:{id} at version 1, got version 2: read") as refused:
        await ranked(database, id, Rank.DEPRECATED, expected_version=1)
    assert (refused.value.expected, refused.value.actual) == (1, 2)
    assert refused.value.path == ("write", "expectedVersion")
    assert (await claim(database, id)).rank is Rank.PREFERRED
    assert await counts(database) == before


async def test_second_of_two_concurrent_rankings_of_a_version_conflicts(database: Database, pai: Reference) -> None:
    id = (await asserted(database, pai, "employees", FORTY)).node_id
    ranks = (Rank.PREFERRED, Rank.DEPRECATED)
    outcomes = await asyncio.gather(
        *(ranked(database, id, rank, expected_version=1) for rank in ranks), return_exceptions=True
    )
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, Change)]
    (lost,) = [outcome for outcome in outcomes if isinstance(outcome, VersionConflict)]
    assert (lost.expected, lost.actual) == (1, 2)
    assert won.after is not None
    assert (await claim(database, id)).rank.name == won.after["rank"]


async def test_concurrent_rankings_without_a_version_both_apply_in_order(database: Database, pai: Reference) -> None:
    id = (await asserted(database, pai, "employees", FORTY)).node_id
    await asyncio.gather(ranked(database, id, Rank.PREFERRED), ranked(database, id, Rank.DEPRECATED))
    assert (await claim(database, id)).version == 3
