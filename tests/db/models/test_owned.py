"""Every row below an organization has its owner, no matter who wrote or moved it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.connections.engine import Database
from db.models import Base, Output, Workstream
from db.models.claim import SUBJECTS
from db.models.owned import PARENTS
from db.values.vocabulary import IssueKind, OutputKind, PassageKind, SourceKind, Stance
from tests.rows import Rows


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


async def owners(rows: Rows, table: str) -> list[int]:
    async with rows.database.reader.connect() as connection:
        return list((await connection.execute(text(f"SELECT owner_id FROM {table} ORDER BY id"))).scalars())


async def fill(rows: Rows, owner: int, partner: int) -> dict[str, int]:
    """Insert a row into each table that takes its owner from others, with the parents. Returns the ids by table."""
    workstream, post = await rows.workstream(owner), await rows.post(owner)
    issue = await rows.insert("issue", organization_id=owner, kind=IssueKind.TREND, title="Pace")
    partnership = await rows.partnership(owner, partner)
    person = await rows.insert("person", name="Ada")
    output = await rows.output(workstream)
    await rows.insert("participation", workstream_id=workstream, partnership_id=partnership)
    await rows.insert("tenure", post_id=post, person_id=person)
    await rows.insert("position", issue_id=issue, stance=Stance.CRITIC, argument="Too slow")
    claim = await rows.claim("NOTE", "some words", subject_output_id=output)
    source = await rows.insert("source", title="A page", kind=SourceKind.THIRD_PARTY, sha256="none")
    passage = await rows.insert("passage", source_id=source, ordinal=1, text="Some", kind=PassageKind.BODY)
    await rows.insert("citation", passage_id=passage, claim_id=claim, start=0, end=4, exact="Some")
    return {"workstream": workstream, "post": post, "issue": issue}


async def test_plain_insert_gets_the_owner_of_its_parent(rows: Rows) -> None:
    _, owner, partner = [await rows.organization() for _ in range(3)]
    parents = await fill(rows, owner, partner)
    for table in (*parents, *PARENTS, "partnership"):
        assert await owners(rows, table) == [owner], table


async def test_moved_parent_gives_its_rows_the_new_owner_and_marks_both(rows: Rows) -> None:
    old, new, partner = [await rows.organization() for _ in range(3)]
    parents = await fill(rows, old, partner)
    below = {
        "workstream": ("convener_id", ("output", "participation", "claim", "citation")),
        "post": ("organization_id", ("tenure",)),
        "issue": ("organization_id", ("position",)),
    }
    for parent, (column, tables) in below.items():
        await rows.clear()
        await rows.execute(f"UPDATE {parent} SET {column} = :new WHERE id = :id", new=new, id=parents[parent])
        for table in tables:
            assert await owners(rows, table) == [new], table
        assert await rows.marked() == {old, new}
    assert {table for _, tables in below.values() for table in tables} == set(PARENTS)


async def test_row_that_moves_gets_the_new_owner_and_marks_both(rows: Rows) -> None:
    old, new = [await rows.organization() for _ in range(2)]
    output = await rows.output(await rows.workstream(old))
    await rows.clear()
    await rows.execute("UPDATE output SET workstream_id = :to WHERE id = :id", to=await rows.workstream(new), id=output)
    assert await owners(rows, "output") == [new]
    assert await rows.marked() == {old, new}


@pytest.mark.parametrize("table", PARENTS)
async def test_wrong_owner_is_refused(rows: Rows, table: str) -> None:
    owner, other, partner = [await rows.organization() for _ in range(3)]
    await fill(rows, owner, partner)
    with pytest.raises(IntegrityError):
        await rows.execute(f"UPDATE {table} SET owner_id = :other", other=other)
    assert await owners(rows, table) == [owner]


async def test_claim_that_moves_takes_its_citations_along(rows: Rows) -> None:
    owner, other, partner = [await rows.organization() for _ in range(3)]
    await fill(rows, owner, partner)
    person = await rows.insert("person", name="Grace")
    for column, subject, expected in (
        ("subject_organization_id", other, other),
        ("subject_person_id", person, 0),
        ("subject_post_id", await rows.post(other), other),
    ):
        subjects = dict.fromkeys(SUBJECTS.values(), None) | {column: subject}
        changes = ", ".join(f"{name} = {'NULL' if id is None else id}" for name, id in subjects.items())
        await rows.execute(f"UPDATE claim SET {changes}")
        assert await owners(rows, "claim") == await owners(rows, "citation") == [expected], column


async def test_claim_about_a_person_has_no_owner_and_takes_none(rows: Rows) -> None:
    owner = await rows.organization()
    await rows.clear()
    person = await rows.insert("person", name="Ada")
    await rows.claim("NOTE", "some words", subject_person_id=person)
    assert await owners(rows, "claim") == [0]
    assert await rows.marked() == set()
    with pytest.raises(IntegrityError):
        await rows.execute("UPDATE claim SET owner_id = :owner", owner=owner)


async def test_bulk_insert_may_give_the_owner_but_no_wrong_one(rows: Rows) -> None:
    owner, other = [await rows.organization() for _ in range(2)]
    row = {"workstream_id": await rows.workstream(owner), "kind": OutputKind.RESEARCH}
    await rows.insert("output", **row, owner_id=owner)
    with pytest.raises(IntegrityError):
        await rows.insert("output", **row, owner_id=other)
    assert await owners(rows, "output") == [owner]


async def test_orm_insert_needs_no_owner(database: Database, rows: Rows) -> None:
    owner = await rows.organization()
    async with database.write() as session:
        workstream = Workstream(convener_id=owner, name="Work")
        session.add(Output(workstream=workstream, kind=OutputKind.RESEARCH))
    assert await owners(rows, "output") == await owners(rows, "workstream") == [owner]


async def test_marks_never_name_a_missing_owner(rows: Rows) -> None:
    owner = await rows.organization()
    await rows.clear()
    await rows.output(await rows.workstream(owner))
    assert await rows.marked() == {owner}


# Rows that workers and the program itself keep, and pairs of rows.
_KEPT = {
    "assessment_claim", "change", "claim_conflict", "claim_conflict_claim", "compared_partner", "compared_set", "job",
    "metric_alternative", "metric_input", "metric_revision", "metric_slice", "metric_value", "metric_warning",
    "position_holder", "source_subject", "passage",
}  # fmt: skip


def test_every_row_that_refers_to_an_organization_or_to_an_owned_row_has_an_owner() -> None:
    owned = {name for name, table in Base.metadata.tables.items() if "owner_id" in table.c}
    below = {
        name
        for name, table in Base.metadata.tables.items()
        if any(key.column.table.name in owned for key in table.foreign_keys)
    }
    assert owned - {"organization", "person", "source"} == below - _KEPT
