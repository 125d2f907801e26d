"""Ways to make a recompute fail."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from db.models import Job
from db.values.facts import Facts
from db.values.results import Result
from tests.rows import Rows
from tests.workers.derived import BREAKDOWN, REVENUE
from workers.metrics.metric import Metric


class Formula:
    """A formula that raises while it is `ill`, and counts its calls."""

    def __init__(self) -> None:
        self.ill = True
        self.calls = 0

    def __call__(self, facts: Facts) -> Result:
        self.calls += 1
        if self.ill:
            raise ZeroDivisionError("division by zero")
        return REVENUE.compute(facts)


def metrics_by(formula: Formula) -> tuple[Metric, ...]:
    """Return the revenue metric with that formula, and a metric that works."""
    return replace(REVENUE, compute=formula), BREAKDOWN


async def broken(database: Database, formula: Formula) -> tuple[Metric, ...]:
    """Leave only two metrics in the database: the revenue metric with that formula, and one that works."""
    metrics = metrics_by(formula)
    await Rows(database).execute("DELETE FROM metric_definition")
    async with database.write() as session:
        await sync_definitions(session, metrics)
    return metrics


async def poison(rows: Rows, organization: int) -> None:
    """Make every attempt to store the organization's values fail."""
    if rows.database.dialect.name == "sqlite":
        await rows.execute(
            "CREATE TRIGGER ill BEFORE INSERT ON metric_value WHEN NEW.subject_id ="
            f" {organization} BEGIN SELECT RAISE(ABORT, 'ill'); END"
        )
    else:
        await rows.execute(f"ALTER TABLE metric_value ADD CONSTRAINT ill CHECK (subject_id <> {organization})")


async def cure(rows: Rows) -> None:
    await rows.execute(
        "DROP TRIGGER ill" if rows.database.dialect.name == "sqlite" else "ALTER TABLE metric_value DROP CONSTRAINT ill"
    )


async def jobs(database: Database, **values: Any) -> list[Job]:
    async with database.read() as session:
        return list((await session.scalars(select(Job).filter_by(**values).order_by(Job.id))).all())
