"""The rows of a chaos run. Their numbers are small, so that the oracle's arithmetic stays simple."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, insert, select

from db.connections.sessions import WriteSession
from db.models import Base
from db.values.partial_date import PartialDate

CONVENERS, PARTNERS, SOURCES, PEOPLE = 300, 100, 12, 30
SECTORS: Final = ("INDUSTRY", "CIVIL_SOCIETY", "ACADEMIA", "GOVERNMENT", "UNKNOWN")
RATINGS: Final = ("VERY_LOW", "LOW", "MODERATE", "HIGH", "VERY_HIGH")
STANCES: Final = ("CRITIC", "DEFENDER", "NEUTRAL")
ROLES: Final = ("FOUNDING_PARTNER", "PARTNER", "FUNDER")
RELATIONS: Final = ("PARENT", "CHILD", "PREDECESSOR", "SUCCESSOR", "RELATED")
LABELS: Final = ("CEO", "Executive Director", "Treasurer")
TIMES: Final = (None, "2015/2017", "2019", "2023", "2018-04", "2022-06", "2020-02-29", "2024-07-01")
RANKS: Final = (*["NORMAL"] * 6, "PREFERRED", "DEPRECATED")
FOUNDINGS: Final = ("2010", "2012-03", "2014-05-17")
# The units of each property, and the range of its numbers.
DOLLARS: Final = ("USD", "USD", "USD", "EUR")
NUMBERS: Final = {
    "ANNUAL_REVENUE": (DOLLARS, 0, 9_000_000),
    "INDUSTRY_FUNDING": (DOLLARS, 0, 6_000_000),
    "EMPLOYEES": (("employee",), 0, 60),
    "PARTNER_COUNT": (("organization",), 0, 40),
    "FOUNDER_COUNT": (("organization",), 1, 9),
}
FOUNDED, LAB, LABS, NOTE = "FOUNDING_DATE", "FRONTIER_LAB", "FRONTIER_LAB_PARTICIPATION", "NOTE"
# The last word is not in the vocabulary.
WORDS: Final = ("ALL", "MOST", "SOME", "NONE", "a few")
KINDS: Final[Mapping[str, str]] = (
    dict.fromkeys(NUMBERS, "QUANTITY") | {FOUNDED: "DATE", LAB: "NODE"} | dict.fromkeys((LABS, NOTE), "TEXT")
)
MULTIVALUED: Final = (LAB,)

Columns = dict[str, Any]


async def add(session: WriteSession, table: str, columns: Columns) -> int:
    """Insert a row and return its id. Columns that are not given have the model's defaults."""
    target = Base.metadata.tables[table]
    return (await session.execute(insert(target).values(columns).returning(target.c.id))).scalar_one()


async def last_year(session: WriteSession) -> int:
    """Return the last full calendar year, by the database's clock."""
    today = await session.scalar(select(func.current_date()))
    assert today, "there is always a day"
    return today.year - 1


def organization(random: Random, *, convener: bool) -> Columns:
    name = uuid4().hex
    return {"slug": name, "name": name, "is_convener": convener, "sector": random.choice(SECTORS)}


def date_columns(name: str, edtf: str | None) -> Columns:
    """Return the columns of a partial date, or of none."""
    parts = vars(PartialDate.of(edtf)) if edtf else dict.fromkeys(("edtf", "earliest", "latest"))
    return {f"{name}_{part}": value for part, value in parts.items()}


def end_columns(random: Random, year: int) -> Columns:
    """Return the columns of a partnership's end, either long ago or in `year`, the last full calendar year."""
    return date_columns("end", random.choice(("2020", f"{year}", f"{year}-03")))


def maybe_end_columns(random: Random, year: int) -> Columns:
    """Return the columns of an end or of no end."""
    return random.choice((end_columns(random, year), date_columns("end", None)))


def start_and_end(random: Random, year: int) -> Columns:
    """Return the columns of a partnership's start and end.

    The dates lie around the beginning and the end of `year`, because partner churn depends on both.
    """
    start, end = random.choice(
        (
            *[(None, None)] * 4,
            ("2016", None),
            ("2016", "2020"),
            ("2016", f"{year}"),
            (None, f"{year}-03"),
            (f"{year - 1}/{year}", None),
            (f"{year}-02", None),
            (f"{year}-02", f"{year}-11"),
        )
    )
    return date_columns("start", start) | date_columns("end", end)


def partnership(random: Random, year: int, convener: int, partner: int) -> Columns:
    role, sector = random.choice(ROLES), random.choice(SECTORS)
    parties = {"convener_id": convener, "partner_id": partner, "role": role, "sector_at_time": sector}
    return parties | start_and_end(random, year)


def confirmation(random: Random) -> Columns:
    """Return the columns of the time when a source names the partner, which may be before it joined."""
    return date_columns("confirmed_during", random.choice(("2015", "2018-05", "2024-02", None)))


def number(random: Random, convener: int, properties: Mapping[str, int]) -> Columns:
    """Return a claim about one of the numbers, sometimes with a date."""
    key = random.choice(list(NUMBERS))
    return _claim(random, convener, properties[key]) | validity(random) | quantity(random, key)


def quantity(random: Random, key: str) -> Columns:
    """Return a claim's columns for a number with a random comparator."""
    units, least, most = NUMBERS[key]
    unit, amount = random.choice(units), random.randint(least, most)
    return {"value_kind": "QUANTITY"} | _quantity(random, "quantity", unit, amount)


def _quantity(random: Random, name: str, unit: str, amount: int) -> Columns:
    ends, comparator = random.choice(
        (
            ((amount, amount, amount), "EXACT"),
            ((amount, amount, amount), "EXACT"),
            ((None, amount, None), "AT_LEAST"),
            ((None, None, amount), "AT_MOST"),
            ((None, amount, amount + 3), "BETWEEN"),
            ((amount, max(amount - 2, 0), amount + 2), "APPROXIMATE"),
        )
    )
    value, lower, upper = (None if end is None else Decimal(end) for end in ends)
    parts = {
        "value": value,
        "lower": lower,
        "upper": upper,
        "unit": unit,
        "currency": unit if unit in DOLLARS else None,
        "comparator": comparator,
        "bounds_basis": "ASSERTED",
        "display": "a number",
    }
    return {f"{name}_{part}": value for part, value in parts.items()}


def validity(random: Random) -> Columns:
    """Return a claim's columns for its validity, which may be unlimited."""
    return date_columns("valid_during", random.choice(TIMES))


def unknown_value(random: Random) -> Columns:
    """Return a claim's columns for SOME_VALUE or NO_VALUE."""
    names = (column.name for column in Base.metadata.tables["claim"].c)
    empty = dict.fromkeys(name for name in names if name.startswith(("value_", "quantity_", "date_")))
    return empty | {"text": None, "value_status": random.choice(("SOME_VALUE", "NO_VALUE"))}


def founding(random: Random, convener: int, properties: Mapping[str, int]) -> Columns:
    columns = {"value_kind": "DATE"} | date_columns("date", random.choice(FOUNDINGS))
    return _claim(random, convener, properties[FOUNDED]) | columns


def lab(random: Random, convener: int, organization: int, properties: Mapping[str, int]) -> Columns:
    columns = {"value_kind": "NODE", "value_organization_id": organization}
    return _claim(random, convener, properties[LAB]) | columns


def labs(random: Random, convener: int, properties: Mapping[str, int]) -> Columns:
    columns = {"value_kind": "TEXT", "text": random.choice(WORDS)}
    return _claim(random, convener, properties[LABS]) | validity(random) | columns


def _claim(random: Random, convener: int, property: int) -> Columns:
    return {"property_id": property, "subject_organization_id": convener, "rank": random.choice(RANKS)}


def relation(random: Random, one: int, other: int) -> Columns:
    return {"from_organization_id": one, "to_organization_id": other, "kind": random.choice(RELATIONS)}


def executive(random: Random, organization: int) -> Columns:
    return {"organization_id": organization, "body": "EXECUTIVE", "label": random.choice(LABELS)}


def seats(random: Random, organization: int) -> Columns:
    """Return a post of the board, mostly with a number of seats."""
    number = _quantity(random, "seats", "seat", random.randint(0, 5))
    columns = number if random.random() < 0.8 else dict.fromkeys(number)
    sector = random.choice((*SECTORS, None))
    return {"organization_id": organization, "body": "BOARD", "label": "Seats", "constituency": sector} | columns


def person() -> Columns:
    return {"name": uuid4().hex}


def tenure(random: Random, post: int, person: int) -> Columns:
    start, end = random.choice((None, "2016", "2021-10", "2022-05-17")), random.choice((None, None, "2023"))
    return {"post_id": post, "person_id": person} | date_columns("start", start) | date_columns("end", end)


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
    """Insert `PEOPLE`, `PARTNERS` organizations, `CONVENERS` with a few rows each, the properties and the sources.

    Needs an empty database: the ids follow from the order of insertion, so that no insert has to return them.
    """
    properties = {key: id for id, key in enumerate(KINDS, 1)}
    year = await last_year(session)
    conveners = range(PARTNERS + 1, PARTNERS + CONVENERS + 1)
    each = range(1, CONVENERS + 1)
    pairs = [(id, partner) for id in conveners for partner in random.sample(range(1, PARTNERS + 1), 2)]
    labs_of = [(id, random.choice((partner, random.randint(1, PARTNERS)))) for id, partner in pairs]
    tables: Sequence[tuple[str, Sequence[Columns]]] = (
        ("property", [_property(key) for key in properties]),
        ("source", [source() for _ in range(SOURCES)]),
        ("passage", [passage(id) for id in range(1, SOURCES + 1)]),
        ("person", [person() for _ in range(PEOPLE)]),
        ("organization", [organization(random, convener=at >= PARTNERS) for at in range(PARTNERS + CONVENERS)]),
        (
            "organization_relation",
            [relation(random, lab, partner) for (_, lab), (_, partner) in zip(labs_of, pairs, strict=True)],
        ),
        ("partnership", [partnership(random, year, *pair) for pair in pairs]),
        ("claim", [number(random, id, properties) for id in conveners for _ in range(4)]),
        ("claim", [founding(random, id, properties) for id in conveners]),
        ("claim", [lab(random, id, organization, properties) for id, organization in labs_of]),
        ("claim", [labs(random, id, properties) for id in conveners[::2]]),
        ("post", [executive(random, id) for id in conveners]),
        ("post", [seats(random, id) for id in conveners for _ in range(2)]),
        ("tenure", [tenure(random, id, random.randint(1, PEOPLE)) for id in each for _ in range(2)]),
        ("workstream", [workstream(id) for id in conveners]),
        ("participation", [{"workstream_id": id, "partnership_id": 2 * id} for id in each]),
        ("output", [output(id) for id in each]),
        ("assessment", [assessment(random, id) for id in conveners]),
        ("issue", [issue(id) for id in conveners]),
        ("position", [position(random, id) for id in each]),
    )
    for table, rows in tables:
        await session.execute(insert(Base.metadata.tables[table]), rows)


def _property(key: str) -> Columns:
    units = NUMBERS[key][0] if key in NUMBERS else ()
    # A property with several possible units declares none.
    unit = units[0] if len(units) == 1 else None
    return {"key": key, "label": key, "datatype": KINDS[key], "unit": unit, "multivalued": key in MULTIVALUED}
