"""Every fact of the page is stored in its row and cites its exact characters."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from db.connections.engine import Database
from db.models import (
    Assessment,
    Citation,
    Claim,
    Issue,
    Organization,
    OrganizationRelation,
    Output,
    Partnership,
    Position,
    Post,
    Tenure,
    Workstream,
)
from db.values.notation import plain
from db.values.vocabulary import Datatype

FACTS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "facts.json").read_text())

FOUNDERS_OF_2016_09 = [
    "Partnership Amazon FOUNDING_PARTNER since 2016-09",
    "Partnership Apple FOUNDING_PARTNER since 2016-09",
    "Partnership DeepMind FOUNDING_PARTNER since 2016-09",
    "Partnership Google FOUNDING_PARTNER since 2016-09",
    "Partnership IBM FOUNDING_PARTNER since 2016-09",
    "Partnership Meta (then Facebook) FOUNDING_PARTNER since 2016-09",
]
SEVEN_FOUNDERS = [*FOUNDERS_OF_2016_09, "Partnership Microsoft FOUNDING_PARTNER since unknown"]
SYNTHETIC_MEDIA = (
    "Workstream Synthetic Media and Deepfakes or synthetic media provenance: disclosure, consent, provenance"
)
FRAMEWORK = "Output FRAMEWORK Responsible Practices for Synthetic Media: disclosure, consent, provenance"
LABOR = "Workstream AI and Labor or AI and labor impacts: algorithmic management, automation of tasks, worker voice"
SAFETY = (
    "Workstream Safety-Critical AI or safety-critical AI deployment: healthcare, criminal justice, autonomous systems"
)
INCIDENTS = "Workstream AI Incident Database: real-world failures and harms from AI systems"
DATABASE = "Output DATABASE AI Incident Database: real-world failures and harms from AI systems"

CITED = (
    Organization,
    OrganizationRelation,
    Partnership,
    Workstream,
    Output,
    Post,
    Tenure,
    Assessment,
    Issue,
    Position,
    Claim,
)

# Each fact must support at least these rows.
ROWS: dict[str, list[str]] = {
    "T1": ["Source Partnership on AI"],
    "T2": ["Organization Partnership on AI, PAI (ACRONYM)"],
    "L1": ["Organization Partnership on AI, PAI (ACRONYM)"],
    "L2": ["LEGAL_FORM multi-stakeholder body"],
    "L3": ["FOUNDING_DATE 2016"],
    "L4": [*SEVEN_FOUNDERS, "FOUNDER_COUNT EXACT 7 organization"],
    "L5": ["PARTNER_COUNT AT_LEAST 100 organization"],
    "L6": ["MISSION develops shared norms for responsible AI"],
    "L7": ["STAKEHOLDER_SECTOR INDUSTRY", "STAKEHOLDER_SECTOR CIVIL_SOCIETY", "STAKEHOLDER_SECTOR ACADEMIA"],
    "L8": [SYNTHETIC_MEDIA, LABOR, SAFETY, FRAMEWORK, "WORKSTREAM_COUNT AT_LEAST 3 workstream"],
    "A1": ["Assessment Industry Reach VERY_HIGH by unknown in unknown"],
    "A2": ["Assessment Policy Influence HIGH by unknown in unknown"],
    "A3": ["Assessment Independence MODERATE by unknown in unknown"],
    "A4": ["Assessment Norm-Setting HIGH by unknown in unknown"],
    "A5": ["Assessment Research Output MODERATE by unknown in unknown"],
    "A6": ["Assessment Convening Power VERY_HIGH by unknown in unknown"],
    "A1a": ["FOUNDER_COUNT EXACT 7 organization"],
    "A1b": ["PARTNER_COUNT AT_LEAST 100 organization"],
    "A1c": ["FRONTIER_LAB_PARTICIPATION MOST"],
    "A2a": ["CITED_BY SOME_VALUE"],
    "A3a": ["FUNDING_STRUCTURE INDUSTRY_FUNDED"],
    "A4a": [
        "of Responsible Practices for Synthetic Media: ADOPTED_BY SOME_VALUE",
        "of Responsible Practices for Synthetic Media: ADOPTER_COUNT AT_LEAST 2 organization",
    ],
    "A4b": [INCIDENTS, DATABASE],
    "A5a": ["OUTPUT_FOCUS FRAMEWORKS_AND_GUIDELINES"],
    "A6a": ["UNIQUENESS UNIQUE"],
    "D1": ["FOUNDING_DATE 2016-09 PREFERRED"],
    "D2": ["HEADQUARTERS San Francisco, California"],
    "D3": ["LEGAL_FORM Nonprofit multi-stakeholder organization PREFERRED"],
    "D4": [*SEVEN_FOUNDERS, "Organization Meta, Facebook (FORMER)"],
    "D5": ["PARTNER_COUNT EXACT 128 organization in 2024 PREFERRED"],
    "D6": ["Post EXECUTIVE CEO: EXACT 1 seat", "Tenure Rebecca Finlay CEO since 2021-10"],
    "D7": ["ANNUAL_REVENUE APPROXIMATE 6600000 USD in 2022 after Form 990 (2022)"],
    "D8": ["EMPLOYEES APPROXIMATE 37 employee"],
    "D9": ["WEBSITE https://partnershiponai.org"],
    "D10": [
        "FOCUS_AREA Responsible AI practices",
        "FOCUS_AREA synthetic media",
        "FOCUS_AREA AI and labor",
        "FOCUS_AREA safety-critical AI",
        "FOCUS_AREA fairness and inclusion",
    ],
    "O1": ["FOUNDING_DATE 2016-09 PREFERRED"],
    "O2": [*SEVEN_FOUNDERS, "FOUNDER_COUNT EXACT 6 organization"],
    "O2a": ["DeepMind SUCCESSOR Google DeepMind", "Google DeepMind PREDECESSOR DeepMind"],
    "O3": [
        "PURPOSE develop shared best practices for responsible AI development",
        "PURPOSE serve as a forum for cross-sector dialogue on AI's societal impacts",
    ],
    "O4": ["ROLE less about producing primary research and more about establishing shared norms at scale"],
    "O5": ["UNIQUENESS ONLY HEDGED"],
    "W1": [SYNTHETIC_MEDIA, FRAMEWORK, "of Responsible Practices for Synthetic Media: ADOPTED_BY SOME_VALUE"],
    "W1b": ["of Synthetic Media and Deepfakes: TREND INCREASING"],
    "W2": [
        LABOR,
        "Output RESEARCH: algorithmic management, automation of tasks, worker voice",
        "Output GUIDELINE: algorithmic management, automation of tasks, worker voice",
    ],
    "W3": [SAFETY, "Output GUIDELINE: healthcare, criminal justice, autonomous systems"],
    "W4": [
        INCIDENTS,
        DATABASE,
        "of AI Incident Database: MAINTAINED_BY Partnership on AI",
        "of AI Incident Database: COMPREHENSIVENESS one of the most comprehensive",
    ],
    "G1": [
        "Post BOARD Industry board member (INDUSTRY): AT_LEAST 1 seat",
        "Post BOARD Non-industry board member (UNKNOWN): AT_LEAST 1 seat",
    ],
    "G2": [
        "Post BOARD Civil society representative (CIVIL_SOCIETY): AT_LEAST 1 seat",
        "of Civil society representative: INTENT balance corporate interests",
    ],
    "G3": [
        "Issue CRITICISM Independence of recommendations",
        "Position CRITIC on Independence of recommendations: unnamed",
    ],
    "K1": ["Issue TENSION Industry coordination vs. independent oversight"],
    "K1a": [
        "Issue TENSION Industry coordination vs. independent oversight",
        "STRENGTH its ability to convene major AI companies around shared commitments",
        "LIMITATION its ability to convene major AI companies around shared commitments",
    ],
    "K1b": ["Position CRITIC on Industry coordination vs. independent oversight: AI Now Institute, unnamed"],
    "K1c": ["Position DEFENDER on Industry coordination vs. independent oversight: unnamed"],
    "K2": [
        "Issue DYNAMIC Frontier lab participation",
        "Partnership OpenAI PARTNER since unknown",
        "Partnership Anthropic PARTNER since unknown",
        "Partnership DeepMind FOUNDING_PARTNER since 2016-09",
        "Partnership Meta (then Facebook) FOUNDING_PARTNER since 2016-09",
        "Meta CHILD Meta AI",
        "Meta AI PARENT Meta",
        "FRONTIER_LAB_PARTICIPATION ALL",
    ],
    "K2a": ["UNIQUENESS ONE_OF_FEW"],
    "K3": ["Issue TREND Evolution post-ChatGPT since 2022"],
    "K3a": ["of Synthetic Media and Deepfakes: IMPACT_RANK EXACT 1 rank"],
    "R1": [
        "LEGAL_FORM nonprofit coalition",
        "STAKEHOLDER_SECTOR AI researchers",
        "STAKEHOLDER_SECTOR civil society organizations",
        "STAKEHOLDER_SECTOR academics",
        "STAKEHOLDER_SECTOR companies",
    ],
    "R2": [
        "PURPOSE develop best practices",
        "PURPOSE conduct research",
        "PURPOSE shape policy around responsible AI development",
    ],
    "R3": [
        "CHALLENGE_AREA safety",
        "CHALLENGE_AREA fairness",
        "CHALLENGE_AREA transparency",
        "CHALLENGE_AREA the societal impacts of AI systems",
    ],
    "R4": ["ROLE a coordination hub for cross-sector dialogue on AI governance"],
}

CITATIONS = select(Citation).options(
    selectinload(Citation.passage),
    selectinload(Citation.source),
    selectinload(Citation.organization).selectinload(Organization.other_names),
    selectinload(Citation.relation).options(
        selectinload(OrganizationRelation.from_organization), selectinload(OrganizationRelation.to_organization)
    ),
    selectinload(Citation.partnership).selectinload(Partnership.partner),
    selectinload(Citation.workstream),
    selectinload(Citation.output),
    selectinload(Citation.post),
    selectinload(Citation.tenure).options(selectinload(Tenure.post), selectinload(Tenure.person)),
    selectinload(Citation.assessment),
    selectinload(Citation.issue),
    selectinload(Citation.position).options(selectinload(Position.issue), selectinload(Position.holders)),
    selectinload(Citation.claim).options(
        selectinload(Claim.property),
        selectinload(Claim.value_organization),
        selectinload(Claim.subject_organization),
        selectinload(Claim.subject_workstream),
        selectinload(Claim.subject_output),
        selectinload(Claim.subject_post),
    ),
)


def described(citation: Citation) -> str:
    """Describe the row that the citation supports, in one line."""
    if citation.source:
        return f"Source {citation.source.title}"
    if organization := citation.organization:
        names = (f"{other.name} ({other.kind.name})" for other in organization.other_names)
        return "Organization " + ", ".join([organization.name, *names])
    if relation := citation.relation:
        return f"{relation.from_organization.name} {relation.kind.name} {relation.to_organization.name}"
    if partnership := citation.partnership:
        then = f" (then {partnership.name_at_time})" if partnership.name_at_time else ""
        since = partnership.start.edtf if partnership.start else "unknown"
        return f"Partnership {partnership.partner.name}{then} {partnership.role.name} since {since}"
    if tenure := citation.tenure:
        assert tenure.end is None
        return f"Tenure {tenure.person.name} {tenure.post.label} since {tenure.start and tenure.start.edtf}"
    if assessment := citation.assessment:
        by, during = assessment.assessor or "unknown", assessment.assessed_during or "unknown"
        return f"Assessment {assessment.dimension} {assessment.rating.name} by {by} in {during}"
    if position := citation.position:
        holders = [holder.name for holder in position.holders] + ["unnamed"] * position.has_unnamed_holders
        return f"Position {position.stance.name} on {position.issue.title}: {', '.join(holders)}"
    if claim := citation.claim:
        return described_claim(claim)
    return described_work(citation.workstream or citation.output or citation.post or citation.issue)


def described_work(row: Workstream | Output | Post | Issue | None) -> str:
    match row:
        case Workstream():
            return f"Workstream {' or '.join([row.name, *row.other_names])}: {', '.join(row.topics)}"
        case Output():
            return f"Output {row.kind.name}{' ' + row.title if row.title else ''}: {', '.join(row.topics)}"
        case Post():
            sector = f" ({row.constituency.name})" if row.constituency else ""
            number = row.seats.value or row.seats.lower
            return f"Post {row.body.name} {row.label}{sector}: {row.seats.comparator.name} {number} {row.seats.unit}"
        case Issue():
            return f"Issue {row.kind.name} {row.title}{f' since {row.since.edtf}' if row.since else ''}"
        case None:
            raise AssertionError("a citation supports one row")


def described_claim(claim: Claim) -> str:
    of = claim.subject_workstream or claim.subject_output or claim.subject_post
    subject = getattr(of, "name", None) or getattr(of, "title", None) or getattr(of, "label", None)
    return " ".join(
        ([f"of {subject}:"] if subject else []) + [claim.property.key, *value_of(claim), *qualifiers(claim)]
    )


def value_of(claim: Claim) -> Iterator[str]:
    match claim.value_kind:
        case None:
            yield claim.value_status.name
        case Datatype.QUANTITY:
            assert claim.quantity is not None
            number = claim.quantity.lower if claim.quantity.value is None else claim.quantity.value
            assert number is not None
            yield f"{claim.quantity.comparator.name} {plain(number)} {claim.quantity.unit}"
        case Datatype.TEXT:
            yield str(claim.text)
        case Datatype.DATE:
            assert claim.date is not None
            yield claim.date.edtf
        case Datatype.NODE:
            assert claim.value_organization is not None
            yield claim.value_organization.name


def qualifiers(claim: Claim) -> Iterator[str]:
    if claim.valid_during:
        yield f"in {claim.valid_during.edtf}"
    if claim.stated_in:
        yield f"after {claim.stated_in}"
    if claim.certainty.name != "ASSERTED":
        yield claim.certainty.name
    if claim.rank.name != "NORMAL":
        yield claim.rank.name


def unmet(fact: dict[str, Any], citations: Sequence[Citation]) -> str | None:
    """Return what a fact lacks: rows that no citation of its words supports, or words that no citation covers."""
    on_line = [citation for citation in citations if citation.passage.ordinal == fact["line"]]
    start = on_line[0].passage.text.index(fact["quote"])
    end = start + len(fact["quote"])
    within = {c: described(c) for c in on_line if start <= c.start and c.end <= end}
    if missing := set(ROWS[fact["id"]]) - set(within.values()):
        return f"{sorted(missing)} missing among {sorted(set(within.values()))}"
    supporting = [citation for citation, row in within.items() if row in ROWS[fact["id"]]]
    covered = {position for citation in supporting for position in range(citation.start, citation.end)}
    return None if covered == set(range(start, end)) else f"of {fact['quote']!r} only {len(covered)} characters"


async def test_every_fact_is_stored_in_its_row(loaded: Database) -> None:
    async with loaded.read() as session:
        citations = (await session.scalars(CITATIONS)).all()
    assert [fact["id"] for fact in FACTS] == list(ROWS)
    assert {fact["id"]: problem for fact in FACTS if (problem := unmet(fact, citations))} == {}


async def test_citations_are_the_exact_characters_of_their_lines(loaded: Database) -> None:
    async with loaded.read() as session:
        citations = (await session.scalars(CITATIONS)).all()
    assert citations
    assert [c.id for c in citations if c.passage.text[c.start : c.end] != c.exact] == []


async def test_every_row_has_a_citation(loaded: Database) -> None:
    async with loaded.read() as session:
        for model in CITED:
            without = await session.scalars(select(model.id).where(~model.citations.any()))
            assert without.all() == [], model.__name__
