"""The rows that the chaos is about: small numbers, so that the oracle's arithmetic stays plain."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import insert

from db.models import Base
from db.session import WriteSession

CONVENERS, PARTNERS, SOURCES = 300, 100, 12
SECTORS: Final = ("INDUSTRY", "CIVIL_SOCIETY", "ACADEMIA", "GOVERNMENT", "UNKNOWN")
RATINGS: Final = ("VERY_LOW", "LOW", "MODERATE", "HIGH", "VERY_HIGH")
STANCES: Final = ("CRITIC", "DEFENDER", "NEUTRAL")
ROLES: Final = ("FOUNDING_PARTNER", "PARTNER", "FUNDER")
YEARS: Final = (None, 2019, 2021, 2023)
# Each property's unit, and between what its numbers lie.
NUMBERS: Final = {
    "ANNUAL_REVENUE": ("USD", 0, 9_000_000),
    "EMPLOYEES": ("employee", 0, 60),
    "PARTNER_COUNT": ("organization", 0, 40),
    "FOUNDER_COUNT": ("organization", 1, 9),
}
NOTE: Final = "NOTE"
ENDED: Final[Mapping[str, Any]] = {
    "end_edtf": "2020",
    "end_earliest": date(2020, 1, 1),
    "end_latest": date(2020, 12, 31),
}

Columns = dict[str, Any]


async def add(session: WriteSession, table: str, columns: Columns) -> int:
    """The new row's id; what isn't named has the model's default."""
    target = Base.metadata.tables[table]
    return (await session.execute(insert(target).values(columns).returning(target.c.id))).scalar_one()


def organization(random: Random, *, convener: bool) -> Columns:
    name = uuid4().hex
    return {"slug": name, "name": name, "is_convener": convener, "sector": random.choice(SECTORS)}


def partnership(random: Random, convener: int, partner: int) -> Columns:
    role, sector = random.choice(ROLES), random.choice(SECTORS)
    return {"convener_id": convener, "partner_id": partner, "role": role, "sector_at_time": sector}


def number(random: Random, convener: int, properties: Mapping[str, int]) -> Columns:
    """A claim of one of the numbers, sometimes dated."""
    key = random.choice(list(NUMBERS))
    about = {"property_id": properties[key], "subject_organization_id": convener}
    return about | during(random) | quantity(random, key)


def quantity(random: Random, key: str) -> Columns:
    """A claim's columns of a number that is exact, at least so much, or within bounds."""
    unit, least, most = NUMBERS[key]
    said = random.randint(least, most)
    ends, comparator = random.choice(
        (
            ((said, said, said), "EXACT"),
            ((said, said, said), "EXACT"),
            ((None, said, None), "AT_LEAST"),
            ((said, max(said - 2, 0), said + 2), "APPROXIMATE"),
        )
    )
    value, lower, upper = (None if end is None else Decimal(end) for end in ends)
    return {
        "value_kind": "QUANTITY",
        "quantity_value": value,
        "quantity_lower": lower,
        "quantity_upper": upper,
        "quantity_unit": unit,
        "quantity_currency": unit if unit == "USD" else None,
        "quantity_comparator": comparator,
        "quantity_bounds_basis": "ASSERTED",
        "quantity_display": "a number",
    }


def during(random: Random) -> Columns:
    """A claim's columns of some year, or of none."""
    year = random.choice(YEARS)
    days = (None, None) if year is None else (date(year, 1, 1), date(year, 12, 31))
    return {
        "valid_during_edtf": None if year is None else str(year),
        "valid_during_earliest": days[0],
        "valid_during_latest": days[1],
    }


def note(random: Random, workstream: int, properties: Mapping[str, int]) -> Columns:
    about = {"property_id": properties[NOTE], "subject_workstream_id": workstream}
    return about | {"value_kind": "TEXT", "text": random.choice(("one", "another"))}


def workstream(convener: int) -> Columns:
    return {"convener_id": convener, "name": "Work"}


def output(workstream: int) -> Columns:
    return {"workstream_id": workstream, "kind": "RESEARCH"}


def assessment(random: Random, convener: int) -> Columns:
    return {"subject_id": convener, "dimension": "Reach", "rating": random.choice(RATINGS), "evidence": "none"}


def issue(convener: int) -> Columns:
    return {"organization_id": convener, "kind": "TENSION", "title": "Pace"}


def position(random: Random, issue: int) -> Columns:
    return {"issue_id": issue, "stance": random.choice(STANCES), "argument": "Too slow"}


def source() -> Columns:
    return {"title": "A page", "kind": "THIRD_PARTY", "sha256": uuid4().hex}


def passage(source: int) -> Columns:
    return {"source_id": source, "ordinal": 1, "text": "Words", "kind": "BODY"}


def citation(passage: int, claim: int) -> Columns:
    return {"passage_id": passage, "claim_id": claim, "start": 0, "end": 5, "exact": "Words"}


async def populate(session: WriteSession, random: Random) -> None:
    """The properties, the sources, `PARTNERS` organizations, and `CONVENERS` with a few rows each.

    Needs an empty database: rows are numbered from 1 in their order here, which spares asking for each one's id.
    """
    properties = {key: id for id, key in enumerate([*NUMBERS, NOTE], 1)}
    conveners = range(PARTNERS + 1, PARTNERS + CONVENERS + 1)
    each = range(1, CONVENERS + 1)
    pairs = [(id, partner) for id in conveners for partner in random.sample(range(1, PARTNERS + 1), 2)]
    tables: Mapping[str, Sequence[Columns]] = {
        "property": [_property(key) for key in properties],
        "source": [source() for _ in range(SOURCES)],
        "passage": [passage(id) for id in range(1, SOURCES + 1)],
        "organization": [organization(random, convener=at >= PARTNERS) for at in range(PARTNERS + CONVENERS)],
        "partnership": [partnership(random, *pair) for pair in pairs],
        "claim": [number(random, id, properties) for id in conveners for _ in range(3)],
        "workstream": [workstream(id) for id in conveners],
        "participation": [{"workstream_id": id, "partnership_id": 2 * id} for id in each],
        "output": [output(id) for id in each],
        "assessment": [assessment(random, id) for id in conveners],
        "issue": [issue(id) for id in conveners],
        "position": [position(random, id) for id in each],
    }
    for table, rows in tables.items():
        await session.execute(insert(Base.metadata.tables[table]), rows)


def _property(key: str) -> Columns:
    unit = NUMBERS[key][0] if key in NUMBERS else None
    return {"key": key, "label": key, "datatype": "QUANTITY" if unit else "TEXT", "unit": unit}
