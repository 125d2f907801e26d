"""Every kind of change marks the organizations that it concerns, in the writer's own transaction."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text, update

from db.connections.engine import Database
from db.migrate import migrate
from db.models import Base, Mark, Organization
from db.models.owned import PARENTS
from db.staleness import marks
from db.staleness.rules import MARKED_BY
from db.values.vocabulary import IssueKind, PassageKind, SourceKind, Stance, Urgency
from tests.rows import Rows


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


async def test_inserting_updating_and_deleting_each_mark(rows: Rows) -> None:
    organization = await rows.organization()
    assert await rows.marked() == {organization}
    for statement in ("UPDATE organization SET name = 'New'", "DELETE FROM organization"):
        await rows.clear()
        await rows.execute(statement)
        assert await rows.marked() == {organization}


async def test_orm_changes_mark(database: Database, rows: Rows) -> None:
    organization = await rows.organization()
    await rows.clear()
    async with database.write() as session:
        (await session.get_one(Organization, organization)).name = "New"
    assert await rows.marked() == {organization}


async def test_bulk_update_marks_every_row(database: Database, rows: Rows) -> None:
    organizations = {await rows.organization() for _ in range(3)}
    await rows.clear()
    async with database.write() as session:
        await session.execute(update(Organization).values(name="Same"))
    assert await rows.marked() == organizations


async def test_bulk_update_leaves_one_mark_an_organization(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    for _ in range(3):
        await rows.partnership(convener, await rows.organization())
    await rows.clear()
    await rows.execute("UPDATE partnership SET name_at_time = 'Old'")
    async with database.read() as session:
        # There is one mark for all old rows and one for all new rows.
        assert await session.scalar(select(func.count()).select_from(Mark)) in (1, 2)


async def test_partnership_moving_marks_both_conveners(rows: Rows) -> None:
    old, new, partner = [await rows.organization() for _ in range(3)]
    partnership = await rows.partnership(old, partner)
    await rows.clear()
    await rows.execute("UPDATE partnership SET convener_id = :new WHERE id = :id", new=new, id=partnership)
    assert await rows.marked() == {old, new}


async def test_partners_new_sector_marks_all_its_conveners(rows: Rows) -> None:
    one, other, partner, stranger = [await rows.organization() for _ in range(4)]
    for convener in (one, other):
        await rows.partnership(convener, partner)
    await rows.partnership(stranger, one)
    await rows.clear()
    await rows.execute("UPDATE organization SET sector = 'MEDIA' WHERE id = :id", id=partner)
    assert await rows.marked() == {one, other, partner}


async def test_partner_marks_the_owner_of_its_workstreams(rows: Rows) -> None:
    old, new, partner = [await rows.organization() for _ in range(3)]
    partnership = await rows.partnership(old, partner)
    await rows.insert("participation", workstream_id=await rows.workstream(old), partnership_id=partnership)
    await rows.execute("UPDATE partnership SET convener_id = :new", new=new)
    await rows.clear()
    await rows.execute(
        "UPDATE partnership SET end_edtf = '2020', end_earliest = '2020-01-01', end_latest = '2020-12-31'"
    )
    assert await rows.marked() == {old, new}
    await rows.clear()
    await rows.execute("UPDATE organization SET sector = 'MEDIA' WHERE id = :id", id=partner)
    assert await rows.marked() == {old, new, partner}


async def test_deleting_a_partner_marks_its_conveners_through_the_cascade(rows: Rows) -> None:
    convener, partner = [await rows.organization() for _ in range(2)]
    partnership = await rows.partnership(convener, partner)
    workstream = await rows.workstream(convener)
    await rows.insert("participation", workstream_id=workstream, partnership_id=partnership)
    await rows.clear()
    await rows.execute("DELETE FROM organization WHERE id = :id", id=partner)
    assert await rows.marked() == {convener, partner}


async def test_deleting_a_convener_marks_it_although_its_workstreams_are_already_gone(rows: Rows) -> None:
    convener = await rows.organization()
    output = await rows.output(await rows.workstream(convener))
    await rows.claim("KIND", "a framework", subject_output_id=output)
    await rows.clear()
    await rows.execute("DELETE FROM organization WHERE id = :id", id=convener)
    assert await rows.marked() == {convener}


async def test_deleting_a_workstream_marks_its_convener_through_two_cascades(rows: Rows) -> None:
    convener = await rows.organization()
    workstream = await rows.workstream(convener)
    await rows.claim("KIND", "a framework", subject_output_id=await rows.output(workstream))
    await rows.clear()
    await rows.execute("DELETE FROM workstream WHERE id = :id", id=workstream)
    assert await rows.marked() == {convener}


async def test_deleting_a_person_marks_the_organizations_of_its_posts(rows: Rows) -> None:
    organization = await rows.organization()
    person = await rows.insert("person", name="Rebecca Finlay")
    await rows.insert("tenure", post_id=await rows.post(organization), person_id=person)
    await rows.clear()
    await rows.execute("DELETE FROM person")
    assert await rows.marked() == {organization}


async def test_claim_marks_the_owner_of_its_subject(rows: Rows) -> None:
    of_claim, of_workstream, of_output, of_post, stranger = [await rows.organization() for _ in range(5)]
    subjects = {
        of_claim: {"subject_organization_id": of_claim},
        of_workstream: {"subject_workstream_id": await rows.workstream(of_workstream)},
        of_output: {"subject_output_id": await rows.output(await rows.workstream(of_output))},
        of_post: {"subject_post_id": await rows.post(of_post)},
    }
    await rows.workstream(stranger)
    for organization, subject in subjects.items():
        await rows.clear()
        await rows.claim("NOTE", "some words", **subject)
        assert await rows.marked() == {organization}


async def test_citation_marks_the_owner_of_its_claims_subject(rows: Rows) -> None:
    of_claim, of_workstream, of_output, of_post = [await rows.organization() for _ in range(4)]
    source = await rows.insert("source", title="A page", kind=SourceKind.SELF_DECLARATION, sha256="none")
    passage = await rows.insert("passage", source_id=source, ordinal=1, text="Some", kind=PassageKind.BODY)
    subjects = {
        of_claim: {"subject_organization_id": of_claim},
        of_workstream: {"subject_workstream_id": await rows.workstream(of_workstream)},
        of_output: {"subject_output_id": await rows.output(await rows.workstream(of_output))},
        of_post: {"subject_post_id": await rows.post(of_post)},
    }
    for organization, subject in subjects.items():
        claim = await rows.claim("NOTE", "some words", **subject)
        await rows.clear()
        await rows.insert("citation", passage_id=passage, claim_id=claim, start=0, end=4, exact="Some")
        assert await rows.marked() == {organization}
    other = await rows.insert("source", title="Another", kind=SourceKind.SELF_DECLARATION, sha256="other")
    for statement in (f"UPDATE passage SET source_id = {other}", "DELETE FROM source"):
        await rows.clear()
        await rows.execute(statement)
        assert await rows.marked() == set(subjects)


async def test_claim_moving_to_another_subject_marks_both(rows: Rows) -> None:
    old, new = [await rows.organization() for _ in range(2)]
    await rows.claim("NOTE", "some words", subject_organization_id=old)
    await rows.clear()
    await rows.execute("UPDATE claim SET subject_organization_id = :new", new=new)
    assert await rows.marked() == {old, new}


async def test_property_becoming_multivalued_marks_all_organizations_with_claims_of_it(rows: Rows) -> None:
    one, other, third, fourth, _ = [await rows.organization() for _ in range(5)]
    await rows.claim("NOTE", "some words", subject_organization_id=one)
    await rows.claim("NOTE", "some words", subject_workstream_id=await rows.workstream(other))
    await rows.claim("NOTE", "some words", subject_output_id=await rows.output(await rows.workstream(third)))
    await rows.claim("NOTE", "some words", subject_post_id=await rows.post(fourth))
    await rows.clear()
    await rows.execute("UPDATE property SET multivalued = true")
    assert await rows.marked() == {one, other, third, fourth}


async def test_relation_marks_both_ends(rows: Rows) -> None:
    old, new = [await rows.organization() for _ in range(2)]
    await rows.clear()
    await rows.insert("organization_relation", from_organization_id=old, to_organization_id=new, kind="SUCCESSOR")
    assert await rows.marked() == {old, new}


async def test_relation_marks_the_conveners_of_both_ends(rows: Rows) -> None:
    lab, parent, convener, other = [await rows.organization() for _ in range(4)]
    await rows.partnership(convener, parent)
    await rows.partnership(other, lab)
    await rows.clear()
    await rows.insert("organization_relation", from_organization_id=lab, to_organization_id=parent, kind="PARENT")
    assert await rows.marked() == {lab, parent, convener, other}


async def test_holder_of_a_position_marks_the_organization_that_the_issue_is_about(rows: Rows) -> None:
    subject, holder = [await rows.organization() for _ in range(2)]
    issue = await rows.insert("issue", organization_id=subject, kind=IssueKind.CRITICISM, title="Independence")
    position = await rows.insert("position", issue_id=issue, stance=Stance.CRITIC, argument="No substitute for law")
    await rows.clear()
    await rows.execute("INSERT INTO position_holder VALUES (:position, :holder)", position=position, holder=holder)
    assert await rows.marked() == {subject}


async def test_rollback_leaves_no_mark(database: Database, rows: Rows) -> None:
    await rows.organization()
    await rows.clear()
    async with database.writer.connect() as connection:
        await connection.execute(text("UPDATE organization SET name = 'New'"))
        await connection.rollback()
    assert await rows.marked() == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_insert_or_replace_marks_the_parent_of_the_replaced_row(rows: Rows) -> None:
    old, new, partner = [await rows.organization() for _ in range(3)]
    partnership = await rows.partnership(old, partner)
    await rows.clear()
    await rows.execute(
        "INSERT OR REPLACE INTO partnership (id, convener_id, partner_id, role, sector_at_time, created_at, updated_at)"
        " SELECT id, :new, partner_id, role, sector_at_time, created_at, updated_at FROM partnership WHERE id = :id",
        new=new,
        id=partnership,
    )
    assert await rows.marked() == {old, new}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_organization_has_one_mark_until_it_is_taken(database: Database, rows: Rows) -> None:
    organization = await rows.organization()
    await rows.execute("UPDATE organization SET name = 'New'")
    async with database.read() as session:
        assert (await session.scalars(select(Mark.organization_id))).all() == [organization]
    async with database.write() as session:
        assert await marks.take(session, [organization]) == {organization}
        await session.execute(text("UPDATE organization SET name = 'Newer'"))
    assert await rows.marked() == {organization}


async def test_change_leaves_a_live_mark_where_only_a_background_or_a_parked_one_is(rows: Rows) -> None:
    organization = await rows.organization()
    for urgency in ("BACKGROUND", "PARKED"):
        await rows.clear()
        await rows.insert("mark", organization_id=organization, at=datetime.now(UTC), urgency=Urgency[urgency])
        await rows.execute("UPDATE organization SET name = name || '!'")
        async with rows.database.reader.connect() as connection:
            found = (await connection.execute(text("SELECT urgency FROM mark ORDER BY id"))).scalars().all()
        # On Postgres there is a second mark, because the old and the new row leave one each.
        assert found[0] == urgency
        assert set(found[1:]) == {"LIVE"}


async def test_background_marks_wait_apart_and_each_organization_once(database: Database, rows: Rows) -> None:
    live, later, parked = [await rows.organization() for _ in range(3)]
    await rows.clear()
    async with database.write() as session:
        for _ in range(2):
            await marks.add(session, select(Organization.id).where(Organization.id.in_([live, later])))
        await marks.add(session, select(Organization.id).where(Organization.id == parked), Urgency.PARKED)
    await rows.execute("UPDATE organization SET name = 'New' WHERE id = :id", id=live)
    async with database.read() as session:
        assert [one.organization_id for one in await marks.waiting(session, 9)] == [live]
        found = await marks.waiting_in_background(session, 9)
    assert [one.organization_id for one in found] == [live, later]
    assert all(one.oldest < one.newest for one in found)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_looking_for_stale_organizations_reads_no_other_marks(database: Database) -> None:
    async with database.reader.connect() as connection:
        for urgency, index in (("LIVE", "ix_mark_live"), ("BACKGROUND", "ix_mark_background")):
            statement = str(marks.in_background().compile(database.reader, compile_kwargs={"literal_binds": True}))
            statement = statement.replace("BACKGROUND", urgency)
            plan = (await connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))).all()
            assert index in str(plan), plan


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_truncate_marks_every_organization(rows: Rows) -> None:
    organizations = {await rows.organization() for _ in range(2)}
    await rows.clear()
    await rows.execute("TRUNCATE partnership CASCADE")
    assert await rows.marked() == organizations


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_mark_is_added_beside_one_that_a_recompute_may_have_seen(database: Database, rows: Rows) -> None:
    organization = await rows.organization()
    async with database.write() as session:
        await marks.take(session, [organization])
        # This commits while the first transaction is still open.
        await rows.execute("UPDATE organization SET name = 'New'")
    assert await rows.marked() == {organization}


async def test_taken_marks_come_back_with_a_rollback(database: Database, rows: Rows) -> None:
    organization = await rows.organization()
    async with database.write() as session:
        await marks.take(session, [organization])
        await session.rollback()
    assert await rows.marked() == {organization}


async def test_take_leaves_other_organizations_marks(database: Database, rows: Rows) -> None:
    one, other, unmarked = [await rows.organization() for _ in range(3)]
    await rows.execute("DELETE FROM mark WHERE organization_id = :id", id=unmarked)
    async with database.write() as session:
        assert await marks.take(session, [one, unmarked]) == {one}
    assert await rows.marked() == {other}


async def test_waiting_gives_the_oldest_mark_first(database: Database, rows: Rows) -> None:
    first, second, third = [await rows.organization() for _ in range(3)]
    await rows.execute("DELETE FROM mark WHERE organization_id = :id", id=first)
    await rows.execute("UPDATE organization SET name = 'New' WHERE id = :id", id=first)
    async with database.read() as session:
        found = await marks.waiting(session, limit=2)
        assert [one.organization_id for one in found] == [second, third]
        assert all(one.oldest <= one.newest for one in found)
        assert (await marks.waiting(session, limit=9))[-1].organization_id == first


async def test_migrating_again_leaves_the_declared_triggers_and_no_others(database: Database, rows: Rows) -> None:
    if database.dialect.name == "sqlite":
        await rows.execute("CREATE TRIGGER mark_old AFTER INSERT ON source BEGIN SELECT 1; END")
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        await rows.execute(
            "CREATE TRIGGER mark_old AFTER INSERT ON source FOR EACH STATEMENT EXECUTE FUNCTION mark_all()"
        )
        names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    await migrate(database)
    async with database.reader.connect() as connection:
        found = set((await connection.execute(text(names))).scalars())
    operations = ("insert", "update", "delete") + (() if database.dialect.name == "sqlite" else ("truncate",))
    marking = {f"mark_{table}_{operation}" for table in MARKED_BY for operation in operations}
    handing_down = {f"owner_{table}_{operation}" for table in PARENTS for operation in ("insert", "update")}
    notifiers = set[str]() if database.dialect.name == "sqlite" else {"mark_notify"}
    assert found == marking | handing_down | notifiers


def test_every_table_that_names_an_organization_or_belongs_to_it_marks() -> None:
    # These are derived tables, tables about sources, and tables that no metric reads.
    unmarked = {
        "api_key", "assessment_claim", "change", "claim_conflict", "claim_conflict_claim", "compared_partner",
        "compared_set", "daily_run", "identifier", "job", "mark", "metric_alternative", "metric_definition",
        "metric_input", "metric_revision", "metric_slice", "metric_value", "metric_warning", "other_name",
        "person", "source", "source_subject", "worker",
    }  # fmt: skip
    assert set(Base.metadata.tables) - set(MARKED_BY) == unmarked


def test_columns_of_the_marking_table_exist() -> None:
    for table, selects in MARKED_BY.items():
        for column in re.findall(r"changed\.(\w+)", " ".join(selects)):
            assert column in Base.metadata.tables[table].columns, (table, column)


async def test_concurrent_writers_each_leave_their_marks(rows: Rows) -> None:
    organizations = [await rows.organization() for _ in range(4)]
    await rows.clear()
    await asyncio.gather(
        *(rows.execute("UPDATE organization SET name = 'New' WHERE id = :id", id=id) for id in organizations)
    )
    assert await rows.marked() == set(organizations)
