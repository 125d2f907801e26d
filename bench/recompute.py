"""Measures the recompute: a whole registry against a hand-written statement, one change, and commit to FRESH."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from decimal import Decimal
from itertools import cycle, islice, product
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Final, NamedTuple

from sqlalchemy import delete, event, func, select, text, update

from api.collector import freeze_gc
from bench.report import Target
from db.connections.engine import Database
from db.connections.sessions import WriteSession
from db.derived.definitions import sync_definitions
from db.models import Claim, Mark, MetricDefinition, MetricValue, Organization
from db.staleness import marks
from db.values.results import Definition
from workers.metrics.catalogue import CATALOGUE
from workers.recompute import recompute
from workers.relay import BACKGROUND_BATCH, BACKGROUND_ENQUEUED

KEYS: Final = ("partner_type_breakdown", "listed_partner_coverage", "revenue_per_employee")
MOST_OF_STATEMENT: Final = 4
LEAST_A_SECOND: Final = 300
MOST_P50_MS: Final = 25
MOST_P99_MS: Final = 250
# One change among many conveners may take at most this multiple of its time among few.
MOST_GROWTH: Final = 1.25
PAUSE_S: Final = 0.02
# The few metrics and the statement are measured this often, and the median counts.
ROUNDS: Final = 5

# One statement computes `KEYS` for every convener: the count and share of each sector, the share of reported partners
# that are listed, and the revenue per employee with its bounds.
STATEMENT: Final = """INSERT INTO by_hand (subject_id, key, part, count, value, lower, upper)
WITH present AS (
  SELECT p.convener_id, p.partner_id, o.sector FROM partnership p JOIN organization o ON o.id = p.partner_id
  WHERE p.end_edtf IS NULL OR p.end_latest IS NULL OR p.end_latest >= current_date),
said AS (
  SELECT c.subject_organization_id AS subject_id, y.key, max(c.quantity_value) AS value,
    max(c.quantity_lower) AS lower, max(c.quantity_upper) AS upper
  FROM claim c JOIN property y ON y.id = c.property_id
  WHERE y.key IN ('PARTNER_COUNT', 'ANNUAL_REVENUE', 'EMPLOYEES') GROUP BY c.subject_organization_id, y.key)
SELECT convener_id, 'partner_type_breakdown', sector, count(DISTINCT partner_id), count(DISTINCT partner_id) * 1.0
  / sum(count(DISTINCT partner_id)) OVER (PARTITION BY convener_id),
  CAST(NULL AS NUMERIC), CAST(NULL AS NUMERIC)
FROM present GROUP BY convener_id, sector
UNION ALL
SELECT p.convener_id, 'listed_partner_coverage', '', count(DISTINCT p.partner_id),
  count(DISTINCT p.partner_id) * 1.0 / max(s.value), CAST(NULL AS NUMERIC), CAST(NULL AS NUMERIC)
FROM present p LEFT JOIN said s ON s.subject_id = p.convener_id AND s.key = 'PARTNER_COUNT' GROUP BY p.convener_id
UNION ALL
SELECT r.subject_id, 'revenue_per_employee', '', CAST(NULL AS BIGINT), r.value * 1.0 / e.value, r.lower * 1.0 / e.upper,
  r.upper * 1.0 / e.lower
FROM said r JOIN said e ON e.subject_id = r.subject_id AND e.key = 'EMPLOYEES' WHERE r.key = 'ANNUAL_REVENUE'"""
TABLE: Final = """CREATE TABLE by_hand (subject_id BIGINT, key TEXT, part TEXT, count BIGINT,
  value NUMERIC, lower NUMERIC, upper NUMERIC, PRIMARY KEY (subject_id, key, part))"""


class Throughput(NamedTuple):
    """Organizations a second, when all values are new and when none is, and the most statements of a batch."""

    metrics: int
    organizations: int
    new_a_second: float
    same_a_second: float
    statements: int
    # These are multiples of the hand-written statement's time.
    new_of_statement: float | None = None
    same_of_statement: float | None = None


class Delay(NamedTuple):
    """The milliseconds from a commit in another process until the value is FRESH."""

    p50_ms: float
    p99_ms: float


def throughput(url: str) -> tuple[Throughput, Throughput]:
    """Measure the whole catalogue, and `KEYS` alone. Afterwards the database defines only `KEYS`."""
    freeze_gc()
    return asyncio.run(_throughput(url))


def one_change(urls: Mapping[int, str], changes: int) -> dict[int, float]:
    """Return the median milliseconds to recompute one convener after a change, by the number of conveners."""
    freeze_gc()
    return asyncio.run(_one_change(urls, changes))


def delay(url: str, changes: int) -> Delay:
    """Make `changes` one after the other, and measure how soon an otherwise idle service has recomputed each."""
    return asyncio.run(_delay(url, changes))


def targets(catalogue: Throughput, few: Throughput, delays: Delay, changes: Mapping[int, float]) -> Iterator[Target]:
    """Yield the targets. `changes` has the milliseconds of one change by the number of conveners."""
    for name, of in (("new", few.new_of_statement), ("same", few.same_of_statement)):
        assert of is not None
        aim = f"recompute: {few.metrics} metrics, {name} values, time / statement's time, at most {MOST_OF_STATEMENT}"
        yield Target(aim, of, of <= MOST_OF_STATEMENT)
    for name, rate in (("new", catalogue.new_a_second), ("same", catalogue.same_a_second)):
        aim = f"recompute: {catalogue.metrics} metrics, {name} values, organizations/s, at least {LEAST_A_SECOND}"
        yield Target(aim, rate, rate >= LEAST_A_SECOND)
    yield Target(
        f"recompute: commit to FRESH, p50 ms, at most {MOST_P50_MS}", delays.p50_ms, delays.p50_ms <= MOST_P50_MS
    )
    yield Target(
        f"recompute: commit to FRESH, p99 ms, at most {MOST_P99_MS}", delays.p99_ms, delays.p99_ms <= MOST_P99_MS
    )
    fewest, most = min(changes), max(changes)
    growth = changes[most] / changes[fewest]
    yield Target(
        f"recompute: one change among {most}, as a multiple of that among {fewest}, at most {MOST_GROWTH}",
        growth,
        growth <= MOST_GROWTH,
    )


def table(
    database: str, catalogue: Throughput, few: Throughput, delays: Delay, changes: Mapping[int, float]
) -> list[str]:
    """Return the results as lines of text."""
    lines = [f"{database} commit to FRESH: p50 {delays.p50_ms:.1f} ms, p99 {delays.p99_ms:.1f} ms"]
    lines += [f"{database} one change among {n} conveners: {ms:.2f} ms" for n, ms in sorted(changes.items())]
    for one in (catalogue, few):
        of = (
            f", {one.new_of_statement:.1f} and {one.same_of_statement:.1f} times the statement's time"
            if one is few
            else ""
        )
        lines.append(
            f"{database} {one.metrics} metrics of {one.organizations}: new {one.new_a_second:.0f}/s, same"
            f" {one.same_a_second:.0f}/s, at most {one.statements} statements a batch{of}"
        )
    return lines


@asynccontextmanager
async def _open(url: str) -> AsyncGenerator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.dispose()


async def _throughput(url: str) -> tuple[Throughput, Throughput]:
    async with _open(url) as database:
        catalogue = await _measure(database, CATALOGUE)
        async with database.write() as session:
            await session.execute(delete(MetricDefinition).where(MetricDefinition.key.not_in(KEYS)))
        few = [metric for metric in CATALOGUE if metric.key in KEYS]
        # Alternate the two, so that a disturbance slows both.
        before, rounds = await _time_statement(database), list[Throughput]()
        for _ in range(ROUNDS):
            found, after = await _measure(database, few), await _time_statement(database)
            rounds.append(_compare_with_statement(found, (before + after) / 2))
            before = after
        return catalogue, sorted(rounds, key=lambda one: one.new_of_statement or 0)[ROUNDS // 2]


def _compare_with_statement(found: Throughput, by_hand: float) -> Throughput:
    return found._replace(
        new_of_statement=found.organizations / found.new_a_second / by_hand,
        same_of_statement=found.organizations / found.same_a_second / by_hand,
    )


async def _measure(database: Database, metrics: Sequence[Definition]) -> Throughput:
    async with database.write() as session:
        await sync_definitions(session, metrics)
        await session.execute(delete(MetricValue))
        await session.execute(delete(Mark))
    statements = _Statements(database)
    ids, new_s = await _recompute(database, metrics, statements)
    _, same_s = await _recompute(database, metrics, statements)
    return Throughput(len(metrics), ids, ids / new_s, ids / same_s, statements.most)


async def _recompute(database: Database, metrics: Sequence[Definition], statements: "_Statements") -> tuple[int, float]:
    """Recompute all conveners with as many concurrent batches as a worker, and return their number and the seconds."""
    conveners = select(Organization.id).where(Organization.is_convener)
    async with database.write() as session:
        await marks.add(session, conveners)
        ids = (await session.scalars(conveners)).all()
    batches = iter([ids[start : start + BACKGROUND_BATCH] for start in range(0, len(ids), BACKGROUND_BATCH)])

    async def recompute_batches() -> None:
        for batch in batches:
            with statements.count_batch():
                await recompute(database, batch, metrics)

    began = perf_counter()
    await asyncio.gather(*[recompute_batches() for _ in range(BACKGROUND_ENQUEUED // BACKGROUND_BATCH)])
    return len(ids), perf_counter() - began


class _Statements:
    """Counts the statements of each batch, and keeps the highest count."""

    def __init__(self, database: Database) -> None:
        self.most = 0
        self._now: ContextVar[list[int]] = ContextVar("statements")
        event.listen(database.writer.sync_engine, "before_cursor_execute", self._one)

    @contextmanager
    def count_batch(self) -> Generator[None]:
        """Count the statements that this task runs in this scope as one batch."""
        now = [0]
        token = self._now.set(now)
        yield
        self._now.reset(token)
        self.most = max(self.most, *now)

    def _one(self, *_: object) -> None:
        if now := self._now.get(None):
            now[0] += 1


async def _time_statement(database: Database) -> float:
    """Return the seconds that the hand-written statement takes."""
    async with database.write() as session:
        await session.execute(text("DROP TABLE IF EXISTS by_hand"))
        await session.execute(text(TABLE))
    began = perf_counter()
    async with database.write() as session:
        await session.execute(text(STATEMENT))
    return perf_counter() - began


async def _one_change(urls: Mapping[int, str], changes: int) -> dict[int, float]:
    async with AsyncExitStack() as stack:
        databases = {conveners: await stack.enter_async_context(_open(url)) for conveners, url in urls.items()}
        due = {conveners: await _prepare_changes(database, changes) for conveners, database in databases.items()}
        taken = {conveners: list[float]() for conveners in urls}
        # Alternate the databases, so that a disturbance slows all of them.
        for turn, conveners in product(range(changes), urls):
            taken[conveners].append(await _time_change_ms(databases[conveners], *due[conveners][turn], turn))
    # The first half of the changes stores new values, so only the second half counts.
    return {conveners: median(ms[changes // 2 :]) for conveners, ms in taken.items()}


async def _prepare_changes(database: Database, changes: int) -> list[tuple[int, int]]:
    async with database.write() as session:
        await sync_definitions(session, CATALOGUE)
        await session.execute(delete(Mark))
    return await _changes(database, changes)


async def _time_change_ms(database: Database, claim_id: int, organization_id: int, turn: int) -> float:
    async with database.write() as session:
        await _change(session, claim_id, turn)
    began = perf_counter()
    await recompute(database, [organization_id])
    return (perf_counter() - began) * 1000


async def _delay(url: str, changes: int) -> Delay:
    random, taken = Random(1), list[float]()
    async with _open(url) as database:
        for turn, (claim_id, organization_id) in enumerate(await _changes(database, changes)):
            async with database.write() as session:
                await _change(session, claim_id, turn)
            began = perf_counter()
            left = f"SELECT EXISTS (SELECT 1 FROM mark WHERE organization_id = {organization_id})"
            # No database notifies of deleted rows, so poll.
            while await database.look(left):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            taken.append((perf_counter() - began) * 1000)
            await asyncio.sleep(PAUSE_S * random.random())
    cuts = quantiles(taken, n=100)
    return Delay(cuts[49], cuts[98])


async def _changes(database: Database, changes: int) -> list[tuple[int, int]]:
    """Return claims about numbers of employees with their conveners, in the order of the changes."""
    numbers = (
        select(Claim.__table__.c.id, Claim.__table__.c.subject_organization_id)
        .where(Claim.__table__.c.quantity_unit == "employee")
        .order_by(func.abs(Claim.__table__.c.id * 7919 % 1009))
        .limit(changes // 2)
    )
    async with database.read() as session:
        return list(islice(cycle([(row[0], row[1]) for row in await session.execute(numbers)]), changes))


async def _change(session: WriteSession, claim_id: int, turn: int) -> None:
    number = {Claim.__table__.c.quantity_value: Decimal(10 + turn)}
    await session.execute(update(Claim).where(Claim.id == claim_id).values(number))
