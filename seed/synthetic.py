"""A registry of invented organizations, of any size, for measurements. Its source says that all of it is invented."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from random import Random
from typing import Any, Final

from sqlalchemy import func, insert, select, text

from db.connections.sessions import WriteSession
from db.errors import Duplicate, Invalid
from db.models import (
    Base,
    Change,
    Claim,
    Organization,
    Participation,
    Partnership,
    Passage,
    Property,
    Source,
    Workstream,
)
from db.models.source import source_subject
from db.values.partial_date import PartialDate
from db.values.quantity import Comparator, Quantity
from db.values.vocabulary import Datatype, Operation, PartnerRole, PassageKind, Sector, SourceKind

# The number of rows for each convener.
PARTNERS: Final = 100
WORKSTREAMS: Final = 4
PARTICIPANTS: Final = 50
# The number of partners in the pool for each convener. Each partner then has about 20 conveners, as large companies and
# universities do, and the pages of two conveners share some rows.
POOL: Final = 5

BATCH: Final = 50
YEARS: Final = [PartialDate.of(str(year)) for year in range(2010, 2026)]
SECTORS: Final = list(Sector)
ROLES: Final = list(PartnerRole)
PROPERTIES: Final = {"ANNUAL_REVENUE": ("Annual Revenue", "USD"), "EMPLOYEES": ("Staff", "employee")}

Row = dict[str, Any]


async def load_synthetic(
    session: WriteSession,
    conveners: int,
    progress: Callable[[int, int], None],
    number: int = 1,
    least_partners: int = PARTNERS,
) -> None:
    """Load this many conveners, with partners, workstreams, participations and claims.

    The same `number` gives the same registry. Partners are drawn from a pool of `POOL` organizations for each convener,
    but at least `least_partners`; in a larger pool two conveners share fewer partners. `progress` is called with the
    number of loaded conveners and the total.
    All slugs begin with `synthetic-`, and a source about them says that they are invented. No metric is computed; the
    workers do that later. Raises `Duplicate` if the database already has a synthetic registry.
    """
    if not 1 <= conveners <= 100_000:
        raise Invalid(f"expected 1..100000 conveners, got {conveners}")
    await _refuse_a_second(session)
    random = Random(number)
    source = await _source(session, conveners, number)
    properties = await _properties(session)
    convener_ids = await _insert(session, Organization, [_convener(n, random) for n in range(1, conveners + 1)])
    pool = range(1, max(POOL * conveners, least_partners) + 1)
    partners = [_partner(n, random) for n in pool]
    sectors = dict(
        zip(await _insert(session, Organization, partners), (row["sector"] for row in partners), strict=True)
    )
    for begin in range(0, conveners, BATCH):
        batch = convener_ids[begin : begin + BATCH]
        subjects = [{"source_id": source.id, "organization_id": id} for id in batch]
        await session.execute(insert(source_subject), subjects)
        await _insert(session, Claim, [row for id in batch for row in _claims(id, properties, random)])
        await _load_partners(session, batch, sectors, random)
        progress(begin + len(batch), conveners)
    await _analyze(session)


async def _refuse_a_second(session: WriteSession) -> None:
    first = await session.scalar(select(Organization.id).where(Organization.slug == _slug("convener", 1)))
    if first is not None:
        raise Duplicate("expected a database without a synthetic registry, got one that has it", "Organization", first)


async def _source(session: WriteSession, conveners: int, number: int) -> Source:
    words = (
        f"The {conveners} organizations that this source is about, their partners and all claims about them"
        f" are invented by `convene seed --synthetic`, from the number {number}. None of it is true."
    )
    source = Source(
        title="Synthetic data: none of it is true",
        kind=SourceKind.SELF_DECLARATION,
        publisher="convene seed --synthetic",
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        passages=[Passage(ordinal=1, kind=PassageKind.BODY, text=words)],
    )
    session.add(source)
    await session.flush()
    log = Change(
        actor="seed",
        reason=f"Loaded {conveners} synthetic conveners",
        operation=Operation.CREATE,
        node_type="Source",
        node_id=source.id,
        after={"title": source.title, "sha256": source.sha256},
    )
    session.add(log)
    return source


async def _properties(session: WriteSession) -> dict[str, int]:
    """Return the ids of the claims' properties, by key. Properties that are not registered yet are added."""
    for key, (label, unit) in PROPERTIES.items():
        if await session.scalar(select(Property.id).where(Property.key == key)) is None:
            session.add(Property(key=key, label=label, datatype=Datatype.QUANTITY, unit=unit))
    await session.flush()
    found = await session.execute(select(Property.key, Property.id).where(Property.key.in_(PROPERTIES)))
    return dict(found.tuples().all())


async def _load_partners(
    session: WriteSession, convener_ids: Sequence[int], sectors: dict[int, Sector], random: Random
) -> None:
    """Insert each convener's partnerships, workstreams and participations."""
    pool = list(sectors)
    partnerships = [
        _partnership(convener, partner, sectors[partner], random)
        for convener in convener_ids
        for partner in random.sample(pool, PARTNERS)
    ]
    partnership_ids = await _insert(session, Partnership, partnerships)
    workstreams = [_workstream(convener, n) for convener in convener_ids for n in range(1, WORKSTREAMS + 1)]
    workstream_ids = await _insert(session, Workstream, workstreams)
    participations = [
        # The owner is given, so the trigger that would look it up does not run.
        {"workstream_id": workstream, "partnership_id": partnership, "owner_id": convener_ids[at // WORKSTREAMS]}
        for at, workstream in enumerate(workstream_ids)
        for partnership in random.sample(_of(partnership_ids, at // WORKSTREAMS), PARTICIPANTS)
    ]
    await _insert(session, Participation, participations)


def _of(partnership_ids: Sequence[int], convener: int) -> Sequence[int]:
    return partnership_ids[convener * PARTNERS : (convener + 1) * PARTNERS]


async def _insert(session: WriteSession, model: type[Base], rows: Sequence[Row]) -> list[int]:
    """Insert the rows and return their ids, in order."""
    table: Any = model.__table__
    if session.get_bind().dialect.name == "postgresql":
        # RETURNING makes SQLAlchemy insert many rows in one statement, so the mark triggers do not run for each row.
        returned = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        return list(await session.scalars(returned, rows))
    # SQLite runs the triggers for each row in any case, and inserts 20 times as fast with one statement a row.
    last = await session.scalar(select(func.max(table.c.id))) or 0
    await session.execute(insert(table), rows)
    return list(await session.scalars(select(table.c.id).where(table.c.id > last).order_by(table.c.id)))


async def _analyze(session: WriteSession) -> None:
    # Postgres would gather statistics itself, but later. SQLite's planner works better without statistics: if they say
    # that a column is mostly null, it ignores the column's index and scans the table.
    if session.get_bind().dialect.name == "sqlite":
        return
    for model in (Organization, Partnership, Workstream, Participation, Claim):
        await session.execute(text(f"ANALYZE {model.__tablename__}"))


def _slug(kind: str, n: int) -> str:
    return f"synthetic-{kind}-{n}"


def _convener(n: int, random: Random) -> Row:
    name = f"Synthetic Convener {n}"
    return {"slug": _slug("convener", n), "name": name, "sector": random.choice(SECTORS), "is_convener": True}


def _partner(n: int, random: Random) -> Row:
    name = f"Synthetic Partner {n}"
    return {"slug": _slug("partner", n), "name": name, "sector": random.choice(SECTORS), "is_convener": False}


def _partnership(convener_id: int, partner_id: int, sector: Sector, random: Random) -> Row:
    return {
        "convener_id": convener_id,
        "partner_id": partner_id,
        "role": random.choice(ROLES),
        "sector_at_time": sector,
        **_columns("start", ("edtf", "earliest", "latest"), random.choice(YEARS)),
    }


def _workstream(convener_id: int, n: int) -> Row:
    description = f"This text is invented, so that workstream {n} of a synthetic convener has a description to show."
    return {"convener_id": convener_id, "name": f"Synthetic Workstream {n}", "description": description}


def _claims(convener_id: int, properties: dict[str, int], random: Random) -> Iterable[Row]:
    millions, staff, year = random.randint(1, 500), random.randint(5, 2000), random.choice(YEARS)
    revenue = Quantity.of("USD", Comparator.APPROXIMATE, value=Decimal(millions * 100_000), currency="USD")
    employees = Quantity.of("employee", value=Decimal(staff))
    for key, quantity in (("ANNUAL_REVENUE", revenue), ("EMPLOYEES", employees)):
        yield {
            "subject_organization_id": convener_id,
            "owner_id": convener_id,
            "property_id": properties[key],
            "value_kind": Datatype.QUANTITY,
            "stated_in": "nowhere: it is invented",
            **_columns("quantity", _QUANTITY, quantity),
            **_columns("valid_during", ("edtf", "earliest", "latest"), year),
        }


_QUANTITY: Final = ("value", "lower", "upper", "unit", "currency", "comparator", "bounds_basis", "display")


def _columns(name: str, parts: Sequence[str], value: PartialDate | Quantity) -> Row:
    """Return the columns of an embedded value."""
    return {f"{name}_{part}": getattr(value, part) for part in parts}
