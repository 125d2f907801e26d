"""Saving properties."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from db.commands.claim import assert_claim
from db.commands.save import save
from db.connections.engine import Database
from db.errors import Duplicate, Invalid, NotFound
from db.models import Change, Mark, Property
from db.values.reference import Reference
from db.values.vocabulary import Datatype, Operation
from tests.db.commands.changes import AUTHOR, save_row
from tests.rows import Rows

saved = partial(save_row, Property)
OFFICES = {"key": "OFFICES", "label": "Offices", "datatype": Datatype.QUANTITY, "unit": "office"}


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


async def columns(database: Database, id: int) -> tuple[Any, ...]:
    async with database.read() as session:
        found = await session.get_one(Property, id)
    return found.key, found.label, found.datatype, found.unit, found.multivalued


async def counts(database: Database) -> list[int | None]:
    async with database.read() as session:
        return [await session.scalar(select(func.count()).select_from(table)) for table in (Property, Change, Mark)]


@pytest.fixture
async def offices(database: Database) -> int:
    """A property that no claim states."""
    return (await saved(database, **OFFICES)).node_id


@pytest.fixture
async def motto(database: Database) -> int:
    return (await saved(database, key="MOTTO", label="Motto", datatype=Datatype.TEXT)).node_id


@pytest.fixture
async def stated(database: Database, rows: Rows, offices: int) -> int:
    """The same property with a claim."""
    await rows.insert("claim", property_id=offices, subject_organization_id=await rows.organization())
    return offices


async def test_a_new_property_has_what_is_given(database: Database, offices: int) -> None:
    assert await columns(database, offices) == ("OFFICES", "Offices", Datatype.QUANTITY, "office", False)


async def test_a_new_property_needs_a_key_a_label_and_a_datatype(database: Database) -> None:
    needed = {"key": "MOTTO", "label": "Motto", "datatype": Datatype.TEXT}
    for name in needed:
        with pytest.raises(Invalid, match=f"expected '{name}' for a new Property, got none") as refused:
            await saved(database, **{other: value for other, value in needed.items() if other != name})
        assert refused.value.path == ("input", name)
    made = await saved(database, **needed)
    assert await columns(database, made.node_id) == ("MOTTO", "Motto", Datatype.TEXT, None, False)


async def test_a_change_says_who_saved_what(database: Database) -> None:
    made = await saved(database, **OFFICES)
    changed = await saved(database, made.node_id, label="Open offices")
    for change in (made, changed):
        assert (change.actor, change.reason, change.request_id) == ("ana", "it says so", "request-1")
        assert (change.node_type, change.organization_id) == ("Property", None)
    assert (made.operation, made.before) == (Operation.CREATE, None)
    assert (changed.operation, changed.before) == (Operation.UPDATE, made.after)
    assert changed.after == {
        "id": made.node_id, "key": "OFFICES", "label": "Open offices", "datatype": "QUANTITY", "unit": "office",
        "multivalued": False,
    }  # fmt: skip


async def test_omitted_fields_are_kept_and_null_clears(database: Database, offices: int) -> None:
    await saved(database, offices, multivalued=True)
    assert await columns(database, offices) == ("OFFICES", "Offices", Datatype.QUANTITY, "office", True)
    await saved(database, offices, unit=None)
    assert await columns(database, offices) == ("OFFICES", "Offices", Datatype.QUANTITY, None, True)


async def test_a_write_that_changes_nothing_leaves_nothing(database: Database, stated: int) -> None:
    before = await counts(database)
    async with database.write() as session:
        assert (await save(session, AUTHOR, Property, id=stated, fields=OFFICES)).change_id is None
    assert await counts(database) == before


REFUSED: list[tuple[Mapping[str, Any], str, str]] = [
    ({"key": None}, "key", "expected a value for key, got null: leave it out to keep it"),
    ({"label": None}, "label", "expected a value for label, got null"),
    ({"datatype": None}, "datatype", "expected a value for datatype, got null"),
    ({"multivalued": None}, "multivalued", "expected a value for multivalued, got null"),
    ({"key": " "}, "key", "expected key not to be blank, got ' '"),
    ({"key": "offices"}, "key", "expected a key of words in capitals, such as 'ANNUAL_REVENUE', got 'offices'"),
    ({"key": "OFFICES\n"}, "key", r"expected a key of words in capitals, such as 'ANNUAL_REVENUE', got 'OFFICES\\n'"),
    ({"label": ""}, "label", "expected label not to be blank, got ''"),
    ({"label": "\0"}, "label", "expected label as Unicode text without NUL"),
    ({"unit": "\ud800"}, "unit", "expected unit as Unicode text without NUL"),
    ({"datatype": Datatype.TEXT, "unit": "word"}, "unit", "expected no unit for a TEXT, got 'word'"),
]


@pytest.mark.parametrize("exists", [False, True], ids=["new", "there"])
async def test_bad_input_is_refused_and_leaves_nothing(database: Database, *, exists: bool) -> None:
    id = (await saved(database, **OFFICES)).node_id if exists else None
    before = await counts(database)
    for bad, name, message in REFUSED:
        with pytest.raises(Invalid, match=message) as refused:
            await saved(database, id, **(bad if exists else OFFICES | bad))
        assert refused.value.path == ("input", name)
        assert await counts(database) == before


async def test_a_datatype_without_units_refuses_the_existing_unit(database: Database, offices: int) -> None:
    with pytest.raises(Invalid, match="expected no unit for a TEXT, got 'office'") as refused:
        await saved(database, offices, datatype=Datatype.TEXT)
    assert refused.value.path == ("input", "datatype")
    await saved(database, offices, datatype=Datatype.TEXT, unit=None)


async def test_a_key_names_one_property(database: Database, offices: int, motto: int) -> None:
    before = await counts(database)
    for id, fields in ((None, OFFICES), (motto, {"key": "OFFICES"})):
        with pytest.raises(Duplicate, match="expected the key of no other property, got 'OFFICES'") as refused:
            await saved(database, id, **fields)
        assert (refused.value.type_name, refused.value.id) == ("Property", offices)
        assert refused.value.path == ("input", "key")
        assert await counts(database) == before


async def test_second_of_two_concurrent_equal_properties_is_a_duplicate(database: Database) -> None:
    outcomes = await asyncio.gather(*(saved(database, **OFFICES) for _ in range(4)), return_exceptions=True)
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, Change)]
    assert [one.id for one in outcomes if isinstance(one, Duplicate)] == [made.node_id] * 3


async def test_a_missing_property_is_refused(database: Database) -> None:
    with pytest.raises(NotFound, match="expected an existing Property, got Property:404") as refused:
        await saved(database, 404, label="Offices")
    assert refused.value.path == ("input", "id")


async def test_an_expected_version_is_refused(database: Database, offices: int) -> None:
    before = await counts(database)
    with pytest.raises(Invalid, match="expected no expectedVersion: Property has no version, got 1") as refused:
        await saved(database, offices, 1, label="Open offices")
    assert refused.value.path == ("write", "expectedVersion")
    with pytest.raises(Invalid, match="expected no expectedVersion for a new row, got 1"):
        await saved(database, None, 1, **OFFICES | {"key": "ROOMS"})
    assert await counts(database) == before


@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ({"key": "ROOMS"}, "key", "expected the key 'OFFICES', because claims state OFFICES, got 'ROOMS'"),
        (
            {"datatype": Datatype.TEXT, "unit": None},
            "datatype",
            "expected the datatype QUANTITY, because claims state OFFICES, got TEXT",
        ),
        ({"unit": "room"}, "unit", "expected the unit 'office', because claims state OFFICES, got 'room'"),
        ({"unit": None}, "unit", "expected the unit 'office', because claims state OFFICES, got null"),
    ],
)
async def test_claims_keep_their_property_as_it_was(
    database: Database, stated: int, fields: Mapping[str, Any], name: str, message: str
) -> None:
    before = await counts(database)
    with pytest.raises(Invalid, match=message) as refused:
        await saved(database, stated, **fields)
    assert refused.value.path == ("input", name)
    assert await counts(database) == before


async def test_a_property_without_claims_may_change_all(database: Database, offices: int) -> None:
    await saved(database, offices, key="MOTTO", label="Motto", datatype=Datatype.TEXT, unit=None, multivalued=True)
    assert await columns(database, offices) == ("MOTTO", "Motto", Datatype.TEXT, None, True)


async def test_several_values_mark_the_organizations_with_claims(database: Database, rows: Rows, stated: int) -> None:
    await rows.organization()
    await rows.clear()
    await saved(database, stated, multivalued=True)
    assert await rows.marked() == {1}


async def claimed(database: Database, rows: Rows, is_written: asyncio.Event, may_commit: asyncio.Event) -> None:
    subject = Reference("Organization", await rows.organization())
    async with database.write() as session:
        await assert_claim(session, AUTHOR, subject=subject, property_key="MOTTO", value="Onwards")
        is_written.set()
        await may_commit.wait()


async def test_a_new_datatype_waits_for_a_claim_that_is_not_committed(
    database: Database, rows: Rows, motto: int
) -> None:
    is_written, may_commit = asyncio.Event(), asyncio.Event()
    claiming = asyncio.create_task(claimed(database, rows, is_written, may_commit))
    await is_written.wait()
    changing = asyncio.create_task(saved(database, motto, datatype=Datatype.DATE))
    await asyncio.sleep(0.1)
    may_commit.set()
    await claiming
    with pytest.raises(Invalid, match="expected the datatype TEXT, because claims state MOTTO, got DATE"):
        await changing


async def test_a_claim_waits_for_a_new_datatype_that_is_not_committed(
    database: Database, rows: Rows, motto: int
) -> None:
    async with database.write() as session:
        await save(session, AUTHOR, Property, id=motto, fields={"datatype": Datatype.DATE})
        claiming = asyncio.create_task(claimed(database, rows, asyncio.Event(), asyncio.Event()))
        await asyncio.sleep(0.1)
    with pytest.raises(Invalid, match="expected a DATE for MOTTO, got a TEXT"):
        await asyncio.wait_for(claiming, 5)
