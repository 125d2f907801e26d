"""Saving partnerships."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

from db.commands.citation import Quote
from db.commands.save import save
from db.connections.engine import Database
from db.errors import DomainError, Duplicate, Invalid, NotFound, VersionConflict
from db.models import Change, Citation, Mark, OtherName, Partnership, Workstream
from db.values.partial_date import PartialDate
from db.values.vocabulary import NameKind, Operation, PartnerRole, Sector
from tests.db.commands.changes import AUTHOR, save_row
from tests.rows import Rows

saved = partial(save_row, Partnership)


class Parties(NamedTuple):
    """Two conveners and an academic partner."""

    convener: int
    other_convener: int
    partner: int


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


@pytest.fixture
async def parties(rows: Rows) -> Parties:
    return Parties(
        await rows.organization(convener=True),
        await rows.organization(convener=True),
        await rows.organization(sector=Sector.ACADEMIA),
    )


async def partnership(database: Database, id: int) -> Partnership:
    async with database.read() as session:
        return await session.get_one(Partnership, id)


@pytest.fixture
async def full(database: Database, parties: Parties) -> int:
    """Return a partnership of the two in which every field has a value."""
    change = await saved(
        database,
        convener_id=parties.convener,
        partner_id=parties.partner,
        role=PartnerRole.FUNDER,
        start="2016-09",
        end="2018/..",
        name_at_time="The Lab",
    )
    return change.node_id


async def counts(database: Database) -> list[int | None]:
    async with database.read() as session:
        return [
            await session.scalar(select(func.count()).select_from(table))
            for table in (Partnership, Change, Citation, Mark)
        ]


async def test_a_new_partnership_needs_only_its_parties(database: Database, parties: Parties) -> None:
    change = await saved(database, convener_id=parties.convener, partner_id=parties.partner)
    made = await partnership(database, change.node_id)
    assert (made.convener_id, made.partner_id) == (parties.convener, parties.partner)
    assert (made.role, made.sector_at_time) == (PartnerRole.PARTNER, Sector.ACADEMIA)
    assert (made.start, made.end, made.name_at_time, made.version) == (None, None, None, 1)


async def test_a_new_partnership_has_what_is_given(database: Database, full: int) -> None:
    made = await partnership(database, full)
    assert (made.role, made.name_at_time) == (PartnerRole.FUNDER, "The Lab")
    assert (made.start, made.end) == (PartialDate.of("2016-09"), PartialDate.of("2018/.."))


async def test_a_change_says_who_saved_what_and_why(database: Database, parties: Parties) -> None:
    made = await saved(database, convener_id=parties.convener, partner_id=parties.partner, start="2016")
    changed = await saved(database, made.node_id, role=PartnerRole.OBSERVER)
    for change in (made, changed):
        assert (change.actor, change.reason, change.request_id) == ("ana", "it says so", "request-1")
        assert (change.node_type, change.organization_id) == ("Partnership", parties.convener)
    assert (made.operation, made.before) == (Operation.CREATE, None)
    assert changed.operation is Operation.UPDATE
    assert changed.before == made.after
    assert changed.after is not None
    assert {"role": "OBSERVER", "start_latest": "2016-12-31", "version": 2}.items() <= changed.after.items()


async def test_omitted_fields_are_kept(database: Database, parties: Parties, full: int) -> None:
    before = await partnership(database, full)
    change = await saved(database, full, expected_version=1, role=PartnerRole.OBSERVER)
    after = await partnership(database, full)
    assert change.node_id == full
    assert (after.role, after.version) == (PartnerRole.OBSERVER, 2)
    for name in ("convener_id", "partner_id", "sector_at_time", "start", "end", "name_at_time", "created_at"):
        assert getattr(after, name) == getattr(before, name)


async def test_null_clears(database: Database, full: int) -> None:
    await saved(database, full, start=None, end=None, name_at_time=None)
    after = await partnership(database, full)
    assert (after.start, after.end, after.name_at_time) == (None, None, None)


@pytest.mark.parametrize("name", ["convener", "partner", "role"])
async def test_null_is_refused_for_a_required_field(database: Database, full: int, name: str) -> None:
    column = "role" if name == "role" else f"{name}_id"
    with pytest.raises(Invalid, match=f"expected a value for {name}, got null: leave it out to keep it") as refused:
        await saved(database, full, **{column: None})
    assert refused.value.path == ("input", name)
    assert (await partnership(database, full)).version == 1


async def test_moving_to_another_convener_marks_both(
    database: Database, rows: Rows, parties: Parties, full: int
) -> None:
    await rows.clear()
    change = await saved(database, full, convener_id=parties.other_convener)
    assert (await partnership(database, full)).convener_id == parties.other_convener
    assert await rows.marked() == {parties.convener, parties.other_convener}
    assert change.organization_id == parties.other_convener
    assert change.before is not None
    assert change.before["convener_id"] == parties.convener


async def test_new_partner_sets_the_sector_at_the_time(database: Database, rows: Rows, full: int) -> None:
    await saved(database, full, partner_id=await rows.organization(sector=Sector.MEDIA))
    assert (await partnership(database, full)).sector_at_time is Sector.MEDIA


async def test_the_sector_at_the_time_outlives_the_partners_next_one(
    database: Database, rows: Rows, parties: Parties, full: int
) -> None:
    await rows.execute("UPDATE organization SET sector = 'INDUSTRY' WHERE id = :id", id=parties.partner)
    await saved(database, full, partner_id=parties.partner, end=None)
    assert (await partnership(database, full)).sector_at_time is Sector.ACADEMIA


async def test_a_partnership_is_cited(database: Database, rows: Rows, parties: Parties) -> None:
    source = await rows.insert("source", title="page", kind="SELF_DECLARATION", sha256="0")
    await rows.insert("passage", source_id=source, ordinal=1, kind="BODY", text="founded by Amazon")
    fields = {"convener_id": parties.convener, "partner_id": parties.partner}
    async with database.write() as session:
        made = await save(session, AUTHOR, Partnership, fields=fields, quotes=[Quote(source, "Amazon")])
    async with database.read() as session:
        (citation,) = await session.scalars(select(Citation))
    assert (citation.partnership_id, citation.start, citation.end) == (made.id, 11, 17)


REFUSED: list[tuple[Mapping[str, Any], type[DomainError], tuple[str, ...], str]] = [
    ({"convener_id": 404}, NotFound, ("input", "convener"), "expected an existing Organization, got Organization:404"),
    ({"partner_id": 404}, NotFound, ("input", "partner"), "expected an existing Organization, got Organization:404"),
    (
        {"partner_id": "convener"},
        Invalid,
        ("input", "partner"),
        "another organization than the convener, got org",
    ),
    (
        {"convener_id": "partner"},
        Invalid,
        ("input", "partner"),
        "another organization than the convener, got org",
    ),
    ({"start": "soon"}, Invalid, ("input", "start"), "an EDTF date such as .* got 'soon'"),
    ({"end": ""}, Invalid, ("input", "end"), "an EDTF date such as .* got ''"),
    (
        {"start": "2020", "end": "2019"},
        Invalid,
        ("input", "end"),
        "end that is not before the start, '2020', got '2019'",
    ),
    ({"name_at_time": " "}, Invalid, ("input", "nameAtTime"), "expected nameAtTime not to be blank, got ' '"),
    ({"name_at_time": "\0"}, Invalid, ("input", "nameAtTime"), "expected nameAtTime as Unicode text without NUL"),
]


@pytest.mark.parametrize("exists", [False, True], ids=["new", "there"])
async def test_bad_input_is_refused_and_leaves_nothing(database: Database, parties: Parties, *, exists: bool) -> None:
    good = {"convener_id": parties.convener, "partner_id": parties.partner}
    id = (await saved(database, **good)).node_id if exists else None
    before = await counts(database)
    for given, kind, path, message in REFUSED:
        bad = {name: good.get(f"{value}_id", value) for name, value in given.items()}
        with pytest.raises(kind, match=message) as refused:
            await saved(database, id, **(bad if exists else good | bad))
        assert refused.value.path == path
        assert await counts(database) == before


@pytest.mark.parametrize("name", ["convener", "partner"])
async def test_a_new_partnership_without_a_party_is_refused(database: Database, parties: Parties, name: str) -> None:
    other = "partner" if name == "convener" else "convener"
    with pytest.raises(Invalid, match=f"expected '{name}' for a new Partnership, got none") as refused:
        await saved(database, **{f"{other}_id": getattr(parties, other)})
    assert refused.value.path == ("input", name)


async def test_a_convener_must_convene(database: Database, rows: Rows, parties: Parties, full: int) -> None:
    guest = await rows.organization()
    for id, fields in ((None, {"convener_id": guest, "partner_id": parties.partner}), (full, {"convener_id": guest})):
        with pytest.raises(Invalid, match="expected an organization that convenes, got organization-4") as no:
            await saved(database, id, **fields)
        assert no.value.path == ("input", "convener")


async def test_a_start_after_the_existing_end_is_refused(database: Database, parties: Parties) -> None:
    made = await saved(database, convener_id=parties.convener, partner_id=parties.partner, end="2018")
    with pytest.raises(Invalid, match="an end that is not before the start, '2019', got '2018'") as refused:
        await saved(database, made.node_id, start="2019")
    assert refused.value.path == ("input", "start")
    await saved(database, made.node_id, start="2018-12")


async def test_a_second_current_partnership_of_the_pair_is_refused(
    database: Database, parties: Parties, full: int
) -> None:
    before = await counts(database)
    with pytest.raises(Duplicate, match="new partner of organization-1, got organization-3 again") as refused:
        await saved(database, convener_id=parties.convener, partner_id=parties.partner)
    assert (refused.value.type_name, refused.value.id) == ("Partnership", full)
    assert refused.value.path == ("input", "partner")
    assert await counts(database) == before


async def test_a_convener_has_many_partners_and_a_partner_many_conveners(
    database: Database, rows: Rows, parties: Parties, full: int
) -> None:
    other = await saved(database, convener_id=parties.convener, partner_id=await rows.organization())
    same = await saved(database, convener_id=parties.other_convener, partner_id=parties.partner)
    assert len({full, other.node_id, same.node_id}) == 3


def day(offset: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=offset)).isoformat()


async def test_a_partnership_that_is_over_may_have_a_successor(database: Database, parties: Parties) -> None:
    pair = {"convener_id": parties.convener, "partner_id": parties.partner}
    over = (await saved(database, **pair, end=day(-2))).node_id
    current = (await saved(database, **pair)).node_id
    await saved(database, **pair, start="2010", end="2012")
    with pytest.raises(Duplicate) as refused:
        await saved(database, over, end=day(2))
    assert refused.value.id == current
    await saved(database, current, end=day(-2))
    await saved(database, over, end=None)


async def test_two_partnerships_are_not_moved_into_one_pair(database: Database, parties: Parties, full: int) -> None:
    moving = await saved(database, convener_id=parties.other_convener, partner_id=parties.partner)
    with pytest.raises(Duplicate) as refused:
        await saved(database, moving.node_id, convener_id=parties.convener)
    assert refused.value.id == full


async def test_second_of_two_concurrent_equal_partnerships_is_a_duplicate(database: Database, parties: Parties) -> None:
    pair = {"convener_id": parties.convener, "partner_id": parties.partner}
    outcomes = await asyncio.gather(*(saved(database, **pair) for _ in range(4)), return_exceptions=True)
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, Change)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Duplicate)]
    assert [duplicate.id for duplicate in refused] == [made.node_id] * 3


async def test_a_missing_partnership_is_refused(database: Database, parties: Parties) -> None:
    with pytest.raises(NotFound, match="expected an existing Partnership, got Partnership:404") as refused:
        await saved(database, 404, role=PartnerRole.FUNDER)
    assert refused.value.path == ("input", "id")


async def test_an_old_version_is_refused_and_leaves_nothing(database: Database, full: int) -> None:
    await saved(database, full, role=PartnerRole.OBSERVER)
    before = await counts(database)
    with pytest.raises(VersionConflict, match=f"expected Partnership:{full} at version 1, got version 2") as refused:
        await saved(database, full, expected_version=1, role=PartnerRole.PARTNER)
    assert (refused.value.expected, refused.value.actual) == (1, 2)
    assert refused.value.path == ("write", "expectedVersion")
    assert await counts(database) == before


async def test_second_of_two_concurrent_changes_of_a_version_conflicts(database: Database, full: int) -> None:
    outcomes = await asyncio.gather(
        *(saved(database, full, 1, name_at_time=name) for name in ("one", "two")), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Change", "VersionConflict"]


async def test_a_new_partnership_has_no_version_to_expect(database: Database, parties: Parties) -> None:
    with pytest.raises(Invalid, match="expected no expectedVersion for a new row, got 1") as refused:
        await saved(database, None, 1, convener_id=parties.convener, partner_id=parties.partner)
    assert refused.value.path == ("write", "expectedVersion")


async def test_a_field_that_partnerships_do_not_have_is_the_callers_mistake(database: Database) -> None:
    with pytest.raises(TypeError, match=r"expected fields of Partnership, convener_id, .* got sector"):
        await saved(database, sector=Sector.MEDIA)


async def test_a_save_that_changes_nothing_leaves_nothing(database: Database, rows: Rows, full: int) -> None:
    source = await rows.insert("source", title="page", kind="SELF_DECLARATION", sha256="0")
    await rows.insert("passage", source_id=source, ordinal=1, kind="BODY", text="The Lab pays")
    quotes = [Quote(source, "The Lab")]
    same: dict[str, Any] = {"role": PartnerRole.FUNDER, "start": "2016-09", "name_at_time": "The Lab"}
    async with database.write() as session:
        cited = await save(session, AUTHOR, Partnership, id=full, fields=same, quotes=quotes)
    assert cited.change_id is not None, "a new citation is a change"
    await rows.clear()
    before = await counts(database)
    async with database.write() as session:
        again = await save(session, AUTHOR, Partnership, id=full, fields=same, quotes=quotes, expected_version=1)
    assert (again.id, again.change_id) == (full, None)
    assert await counts(database) == before
    assert (await partnership(database, full)).version == 1


async def test_a_reference_to_a_missing_row_is_refused_for_any_model(database: Database, parties: Parties) -> None:
    async with database.write() as session:
        stream = await save(session, AUTHOR, Workstream, fields={"convener_id": parties.convener, "name": "Labor"})
    with pytest.raises(NotFound, match="expected an existing Organization, got Organization:404") as refused:
        async with database.write() as session:
            await save(session, AUTHOR, Workstream, id=stream.id, fields={"convener_id": 404})
    assert refused.value.path == ("input", "convener")


async def test_without_an_author_nothing_is_logged(database: Database, parties: Parties) -> None:
    async with database.write() as session:
        made = await save(session, None, Workstream, fields={"convener_id": parties.convener, "name": "Labor"})
    assert made.change_id is None
    async with database.read() as session:
        assert (await session.scalars(select(Change))).all() == []
        assert (await session.get_one(Workstream, made.id)).other_names == []


async def test_a_row_without_versions_refuses_one(database: Database, parties: Parties) -> None:
    fields = {"organization_id": parties.convener, "name": "The Lab", "kind": NameKind.ALIAS}
    async with database.write() as session:
        made = await save(session, AUTHOR, OtherName, fields=fields)
    with pytest.raises(Invalid, match="OtherName has no version, got 1"):
        async with database.write() as session:
            await save(session, AUTHOR, OtherName, id=made.id, fields=fields, expected_version=1)
