"""A record loads completely and only once, and keeps its text."""

import hashlib
from collections.abc import Iterable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload, undefer

from db.connections.engine import Database
from db.models import (
    Assessment,
    Base,
    Change,
    Citation,
    Claim,
    Issue,
    Organization,
    Output,
    Partnership,
    Passage,
    Position,
    Property,
    Source,
    Workstream,
)
from db.values.vocabulary import Datatype, PassageKind, Sector, SourceKind
from seed.load import default_record, load_record
from seed.refusal import RecordError

SHA256 = "1592307872d884103ff23ae75c281c9e1fa688f21eed5d40309fb9cc45dc4a39"


async def rows_by_table(database: Database) -> dict[str, int]:
    async with database.read() as session:
        tables = Base.metadata.sorted_tables
        return {table.name: await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


async def source(database: Database) -> Source:
    async with database.read() as session:
        statement = select(Source).options(
            selectinload(Source.passages).selectinload(Passage.citations),
            selectinload(Source.subjects),
            undefer(Source.coverage),
        )
        return (await session.scalars(statement)).one()


async def test_the_page_has_its_rows(loaded: Database) -> None:
    counts = await rows_by_table(loaded)
    expected = {Organization: 13, Partnership: 9, Workstream: 4, Output: 5, Assessment: 6, Passage: 41, Issue: 4}
    expected |= {Position: 3, Claim: 60}
    assert {model: counts[model.__tablename__] for model in expected} == expected


async def test_nine_partners_of_the_industry_are_listed(loaded: Database) -> None:
    async with loaded.read() as session:
        sectors = (await session.scalars(select(Partnership.sector_at_time))).all()
        named = await session.execute(select(Organization.slug, Organization.sector).where(~Organization.is_convener))
    assert sectors == [Sector.INDUSTRY] * 9
    assert [slug for slug, sector in named if sector is not Sector.INDUSTRY] == ["ai-now-institute"]


async def test_passages_joined_by_line_ends_are_the_text(loaded: Database) -> None:
    held = await source(loaded)
    text = "\n".join(passage.text for passage in held.passages)
    assert hashlib.sha256(text.encode()).hexdigest() == SHA256 == held.sha256
    assert [passage.ordinal for passage in held.passages] == list(range(1, 42))
    assert [subject.slug for subject in held.subjects] == ["partnership-on-ai"]


async def test_passages_are_in_the_sections_that_their_headings_open(loaded: Database) -> None:
    passages = (await source(loaded)).passages
    of_kind = {kind: [p.ordinal for p in passages if p.kind is kind] for kind in PassageKind}
    assert of_kind[PassageKind.HEADING] == [4, 13, 26, 29, 34, 36, 40]
    assert of_kind[PassageKind.TABLE_HEAD] == [5, 6, 14, 15]
    sections = {p.ordinal: p.section for p in passages if p.ordinal in (3, 4, 12, 25, 35, 41)}
    assert sections == {
        3: None,
        4: "Quick Assessment",
        12: "Quick Assessment",
        25: "Organization Details",
        35: "Governance Structure",
        41: "References",
    }


def share_covered(passages: Iterable[Passage]) -> float:
    covered = length = 0
    for passage in passages:
        if passage.kind is PassageKind.BODY:
            length += len(passage.text)
            covered += len({at for citation in passage.citations for at in range(citation.start, citation.end)})
    return covered / length


async def test_citations_cover_the_body(loaded: Database) -> None:
    held = await source(loaded)
    assert held.coverage == pytest.approx(share_covered(held.passages), abs=1e-12)
    assert held.coverage >= 0.979


async def test_coverage_counts_overlaps_once_and_only_the_body(loaded: Database) -> None:
    async with loaded.write() as session:
        citable = (await session.scalars(select(Organization.id).limit(1))).one()
        # Line 4 is a heading, and line 5 is a table head. The spans touch, overlap, repeat and contain each other.
        for passage in await session.scalars(select(Passage).where(Passage.ordinal.in_((1, 3, 4, 5, 30)))):
            for start, end in ((0, 9), (4, 12), (4, 12), (6, 8), (12, 13), (14, 15)):
                exact = passage.text[start:end]
                session.add(Citation(passage=passage, organization_id=citable, start=start, end=end, exact=exact))
    held = await source(loaded)
    assert held.coverage == pytest.approx(share_covered(held.passages), abs=1e-12)


@pytest.mark.parametrize("kind", [PassageKind.BODY, PassageKind.HEADING])
async def test_a_source_without_citations_or_body_has_no_coverage(database: Database, kind: PassageKind) -> None:
    async with database.write() as session:
        passage = Passage(ordinal=1, kind=kind, text="Nobody cites this.")
        session.add(Source(title="Uncited", kind=SourceKind.THIRD_PARTY, sha256="0" * 64, passages=[passage]))
    assert (await source(database)).coverage == 0


async def test_loading_again_writes_nothing(loaded: Database) -> None:
    before = await rows_by_table(loaded)
    async with loaded.write() as session:
        assert not await load_record(session, default_record())
    assert await rows_by_table(loaded) == before


async def test_loading_a_record_is_logged(loaded: Database) -> None:
    async with loaded.read() as session:
        change = (await session.scalars(select(Change).options(selectinload(Change.organization)))).one()
    assert (change.actor, change.reason, change.node_type) == ("seed", "Loaded partnership-on-ai.toml", "Source")
    assert change.after == {"title": "Partnership on AI", "sha256": SHA256}
    assert change.organization is not None
    assert change.organization.slug == "partnership-on-ai"


async def test_a_registered_partner_is_referred_to_and_left_as_it_is(database: Database) -> None:
    async with database.write() as session:
        session.add(Organization(slug="google", name="Google LLC", sector=Sector.UNKNOWN))
    async with database.write() as session:
        assert await load_record(session, default_record())
    async with database.read() as session:
        google = (await session.scalars(select(Organization).where(Organization.slug == "google"))).one()
        partners = (await session.scalars(select(Partnership.partner_id))).all()
    assert (google.name, google.id in partners) == ("Google LLC", True)
    assert (await rows_by_table(database))["organization"] == 13


async def test_a_convener_is_not_told_twice(database: Database) -> None:
    async with database.write() as session:
        session.add(Organization(slug="partnership-on-ai", name="Partnership on AI"))
    before = await rows_by_table(database)
    with pytest.raises(RecordError, match=r"toml:6: convener: expected an organization that is not registered, got"):
        async with database.write() as session:
            await load_record(session, default_record())
    assert await rows_by_table(database) == before


async def test_a_registered_property_keeps_its_datatype(database: Database) -> None:
    async with database.write() as session:
        session.add(Property(key="EMPLOYEES", label="Employees", datatype=Datatype.TEXT))
    before = await rows_by_table(database)
    with pytest.raises(RecordError, match=r"properties\.EMPLOYEES: expected TEXT, as registered, got QUANTITY in"):
        async with database.write() as session:
            await load_record(session, default_record())
    assert await rows_by_table(database) == before
