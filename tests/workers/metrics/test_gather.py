"""Gathering the facts for formulas from the database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event

from db.connections.engine import Database
from db.facts.gather import gather
from db.values.facts import Facts, Partners, Post, Tenure, Workstream
from db.values.partial_date import PartialDate
from db.values.vocabulary import (
    Datatype,
    PartnerRole,
    PassageKind,
    PostBody,
    Rating,
    RelationKind,
    Sector,
    SourceKind,
    Stance,
)
from tests.rows import Rows
from tests.workers.facts import exactly
from workers.metrics.catalogue import READS
from workers.metrics.formulas.ratios import REVENUE_PER_EMPLOYEE

TODAY = date(2026, 3, 1)


async def facts(database: Database, convener: int, today: date | None = TODAY) -> Facts:
    async with database.write() as session:
        (found,) = await gather(session, [convener], READS, today)
    return found


def when(name: str, edtf: str) -> dict[str, Any]:
    return {f"{name}_{part}": value for part, value in vars(PartialDate.of(edtf)).items()}


async def partner(rows: Rows, convener: int, *times: str | None, **columns: Any) -> int:
    """Insert a partner with one partnership for each time, which is `start` or `start/end`."""
    id = await rows.organization(sector=columns.pop("sector", Sector.INDUSTRY))
    for time in times or (None,):
        start, _, end = (time or "").partition("/")
        dates = (when("start", start) if start else {}) | (when("end", end) if end else {})
        await rows.partnership(convener, id, **dates, **columns)
    return id


async def test_today_is_the_databases_unless_it_is_given(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    before = datetime.now(UTC).date()
    found = (await facts(database, convener, None)).today
    assert before <= found <= datetime.now(UTC).date()
    assert (await facts(database, convener)).today == TODAY


async def test_partners_are_counted_once_by_sector_on_the_day(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    await partner(rows, convener, "2015", "2016/2018")
    await partner(rows, convener, "2015/2026-03-01", sector=Sector.MEDIA)
    await partner(rows, convener, "2015/2026-02-28", sector=Sector.ACADEMIA)
    found = await facts(database, convener)
    assert found.partners == {Sector.INDUSTRY: 1, Sector.MEDIA: 1}
    assert (found.listed, found.partnerships.ever, found.partnerships.left) == (2, 3, 1)


async def test_founders_are_presumed_to_stay_until_their_last_partnership_ends(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    founding = {"role": PartnerRole.FOUNDING_PARTNER}
    await partner(rows, convener, "2016", **founding)
    await partner(rows, convener, "2016/2020", **founding)
    # This founder went on as a plain partner.
    changed = await partner(rows, convener, "2016/2020", **founding)
    await rows.partnership(convener, changed, **when("start", "2020"))
    # A mention at the founding itself confirms nothing later, and neither does one before an end.
    await partner(rows, convener, "2016", **founding, **when("confirmed_during", "2016"))
    await partner(rows, convener, "2016", **founding, **when("confirmed_during", "2024"))
    await partner(rows, convener, None, **founding, **when("confirmed_during", "2024"))
    await partner(rows, convener, "2016/2025", **founding, **when("confirmed_during", "2024"))
    await partner(rows, convener, "2017", **when("confirmed_during", "2024"))
    found = (await facts(database, convener)).partnerships
    assert (found.founders, found.founders_presumed, found.founders_confirmed) == (7, 5, 2)


@pytest.mark.parametrize(
    ("times", "began", "left", "began_perhaps", "left_perhaps"),
    [
        (("2020",), 1, 0, 0, 0),
        (("2020/2025-06",), 1, 1, 0, 0),
        (("2020/2024",), 0, 0, 0, 0),
        (("2020/2026-01",), 1, 0, 0, 0),
        # The partner comes back in another role, before the end of the year or only in the next year.
        (("2020/2025-03", "2025-05"), 1, 0, 0, 0),
        (("2020/2025-03", "2026-01"), 1, 1, 0, 0),
        # The partner is away when the year begins. In the second case, nobody knows when it came back.
        (("2010/2015", "2025-06"), 0, 0, 0, 0),
        (("2010/2015", None), 0, 0, 1, 0),
        (("2025-02",), 0, 0, 0, 0),
        (("2025-02/2025-11",), 0, 0, 0, 0),
        (("2024-12-31",), 1, 0, 0, 0),
        ((None,), 0, 0, 1, 0),
        (("/2025-06",), 0, 0, 1, 1),
        (("202X",), 0, 0, 1, 0),
    ],
)
async def test_year_before_tells_who_was_there_and_who_left(
    database: Database, rows: Rows, times: Sequence[str], began: int, left: int, began_perhaps: int, left_perhaps: int
) -> None:
    convener = await rows.organization(convener=True)
    await partner(rows, convener, *times)
    found = (await facts(database, convener)).partnerships
    assert (found.year_began, found.year_left) == (began, left)
    assert (found.year_began_perhaps, found.year_left_perhaps) == (began_perhaps, left_perhaps)


async def test_workstreams_have_their_present_participants_and_outputs(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    busy, idle = await rows.workstream(convener), await rows.workstream(convener)
    for _ in range(2):
        await rows.output(busy)
    both = await rows.organization(sector=Sector.MEDIA)
    partnerships = [
        await rows.partnership(convener, both),
        await rows.partnership(convener, both, role=PartnerRole.FUNDER),
        await rows.partnership(convener, await rows.organization()),
        await rows.partnership(convener, await rows.organization(), **when("end", "2020")),
    ]
    for partnership in partnerships:
        await rows.insert("participation", workstream_id=busy, partnership_id=partnership)
    await rows.insert("participation", workstream_id=idle, partnership_id=partnerships[0], **when("end", "2020"))
    assert (await facts(database, convener)).workstreams == [
        Workstream(busy, "workstream", {Sector.MEDIA: 1, Sector.INDUSTRY: 1}, 2),
        Workstream(idle, "workstream", {}, 0),
    ]


async def test_posts_have_their_seats_and_executive_ones_their_holders(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    seats = {f"seats_{name}": value for name, value in vars(exactly(3, "seat")).items()}
    chief = await rows.insert("post", organization_id=convener, body=PostBody.EXECUTIVE, label="CEO")
    board = await rows.insert(
        "post", organization_id=convener, body=PostBody.BOARD, label="seat", constituency=Sector.MEDIA, **seats
    )
    person = await rows.insert("person", name="Somebody", created_at=datetime.now(UTC), updated_at=datetime.now(UTC))
    first, second = [
        await rows.insert("tenure", post_id=chief, person_id=person, **dates)
        for dates in (when("start", "2015") | when("end", "2020"), when("start", "2021-10"))
    ]
    await rows.insert("tenure", post_id=board, person_id=person)
    assert (await facts(database, convener)).posts == [
        Post(
            chief,
            PostBody.EXECUTIVE,
            "CEO",
            None,
            None,
            [
                Tenure(first, PartialDate.of("2015"), PartialDate.of("2020")),
                Tenure(second, PartialDate.of("2021-10"), None),
            ],
        ),
        Post(board, PostBody.BOARD, "seat", Sector.MEDIA, exactly(3, "seat"), []),
    ]


async def test_assessments_and_positions_are_the_organizations(database: Database, rows: Rows) -> None:
    convener, other = await rows.organization(convener=True), await rows.organization(convener=True)
    for subject in (convener, other):
        await rows.insert(
            "assessment",
            subject_id=subject,
            dimension="Reach",
            rating=Rating.HIGH,
            evidence="-",
            **when("assessed_during", "2024"),
        )
        issue = await rows.insert("issue", organization_id=subject, kind="TENSION", title="-")
        await rows.insert("position", issue_id=issue, stance=Stance.CRITIC, argument="-")
    found = await facts(database, convener)
    assert [(one.dimension, one.rating, one.assessed_during) for one in found.assessments] == [
        ("Reach", Rating.HIGH, PartialDate.of("2024"))
    ]
    assert [one.stance for one in found.positions] == [Stance.CRITIC]


async def test_lab_takes_part_itself_or_as_what_it_belongs_to(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    property = await rows.property("FRONTIER_LAB", Datatype.NODE, multivalued=True)
    itself, by_parent, by_predecessor, former, absent, of_child = labs = [await rows.organization() for _ in range(6)]
    for lab in labs:
        await rows.insert(
            "claim",
            subject_organization_id=convener,
            property_id=property,
            value_kind=Datatype.NODE,
            value_organization_id=lab,
        )
    parent, predecessor, child = [await partner(rows, convener) for _ in range(3)]
    await rows.partnership(convener, itself)
    await rows.partnership(convener, former, **when("end", "2020"))
    for one, kind, other in (
        (by_parent, RelationKind.PARENT, parent),
        # This relation is stored from the predecessor's side.
        (predecessor, RelationKind.SUCCESSOR, by_predecessor),
        # A company does not take part because one of its subsidiaries does.
        (of_child, RelationKind.CHILD, child),
        (absent, RelationKind.RELATED, parent),
    ):
        await rows.insert("organization_relation", from_organization_id=one, kind=kind, to_organization_id=other)
    assert (await facts(database, convener)).labs == {itself, by_parent, by_predecessor}


async def test_claims_know_how_many_sources_are_cited_for_them(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    cited, uncited = [
        await rows.claim("EMPLOYEES", exactly(37, "employee"), subject_organization_id=convener) for _ in range(2)
    ]
    for n in range(2):
        source = await rows.insert("source", title="-", kind=SourceKind.THIRD_PARTY, sha256=str(n))
        for ordinal in (1, 2):
            passage = await rows.insert(
                "passage", source_id=source, ordinal=ordinal, kind=PassageKind.BODY, text="37 employees"
            )
            await rows.insert("citation", passage_id=passage, start=0, end=2, exact="37", claim_id=cited)
    found = await facts(database, convener)
    assert {claim.id: claim.sources for claim in found.claims} == {cited: 2, uncited: 0}


async def test_organization_without_anything_has_plain_facts(database: Database, rows: Rows) -> None:
    convener = await rows.organization(convener=True)
    found = await facts(database, convener)
    assert (found.partners, found.partnerships, found.listed) == ({}, Partners(), 0)
    rows_of = (found.claims, found.workstreams, found.posts, found.assessments, found.positions, found.labs)
    assert not any(rows_of)


async def test_organizations_that_dont_exist_have_none(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        assert await gather(session, [4711], READS) == []


async def test_only_tables_that_a_metric_depends_on_are_read(database: Database, rows: Rows) -> None:
    conveners = [await rows.organization(convener=True) for _ in range(2)]
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(database.writer.sync_engine, "before_cursor_execute", note)
    async with database.write() as session:
        await gather(session, conveners, REVENUE_PER_EMPLOYEE.reads)
        # One statement reads the organizations, and one the claims.
        assert len(seen) == 1 + 1
        seen.clear()
        await gather(session, conveners, READS)
        # The others read partners, their history, workstreams with participants, posts, assessments, positions and
        # labs.
        assert len(seen) == 2 + 1 + 1 + 2 + 1 + 1 + 1 + 1
    event.remove(database.writer.sync_engine, "before_cursor_execute", note)
