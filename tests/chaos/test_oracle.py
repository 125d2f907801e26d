"""The oracle without faults: it covers all metrics and agrees with the program."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from db.connections.engine import Database
from db.staleness import marks
from db.staleness.nightly import mark_nightly
from tests.chaos import oracle, snapshot
from tests.chaos.comparison import compare
from tests.chaos.oracle.numbers import day
from tests.chaos.rows import CONVENERS, PARTNERS, populate
from tests.chaos.snapshot import Snapshot
from tests.chaos.writes import WRITES, NoRow, Writing
from workers.backfill import recompute_all
from workers.metrics.catalogue import CATALOGUE
from workers.recompute import recompute_each

MANY = 150


@pytest.fixture
async def beginning(database: Database, database_url: str) -> Snapshot:
    """Return the initial rows of a run, before any value is computed."""
    async with database.write() as session:
        await populate(session, Random(4))
    return await _taken(database, database_url)


@pytest.fixture
async def quiet(database: Database, database_url: str) -> Snapshot:
    """Return a database whose values are all computed, and recomputed after many writes."""
    random = Random(4)
    async with database.write() as session:
        await populate(session, random)
    await mark_nightly(database)
    await recompute_all(database, lambda _done, _total: None)
    for write in random.choices(list(WRITES), k=MANY):
        with suppress(NoRow):
            async with database.write() as session:
                await write(Writing(session, random))
    async with database.read() as session:
        marked = [one.organization_id for one in await marks.waiting(session, CONVENERS + PARTNERS)]
    await recompute_each(database, marked)
    return await _taken(database, database_url)


async def _taken(database: Database, database_url: str) -> Snapshot:
    # Close our own connections first: when the other SQLite library closes the file, the locks of this process are
    # lost.
    await database.dispose()
    return await snapshot.take(database_url)


def test_every_metric_has_a_formula() -> None:
    assert {*oracle.FORMULAS, oracle.OVERLAP} == {metric.key for metric in CATALOGUE}


async def test_run_begins_with_numbers_of_every_metric(beginning: Snapshot) -> None:
    (today,) = _days(beginning)
    derived: Mapping[Any, Any] = oracle.expected_values(beginning, today)
    fresh = {key.metric for key, value in derived.items() if isinstance(key, oracle.Key) and value.outcome == "FRESH"}
    assert fresh == {*oracle.FORMULAS, oracle.OVERLAP}


async def test_program_and_oracle_agree_on_either_day(quiet: Snapshot) -> None:
    comparison = compare(quiet)
    assert comparison.differing == {}
    assert comparison.holds
    # Values may be right for either day until the nightly run has marked all organizations.
    (today,) = _days(quiet)
    another = {"day": today + timedelta(days=400)}
    assert compare({**quiet, "day": [{"day": today}, another]}).holds
    assert "ceo_tenure" in str(compare({**quiet, "day": [another]}).lies)


def _days(found: Snapshot) -> list[date]:
    return [today for row in found["day"] if (today := day(row["day"]))]
