"""A convener with metrics, and functions that read the computed values."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from db.connections.engine import Database
from db.models import ClaimConflict, MetricValue
from db.values.vocabulary import MetricState
from tests.rows import Rows
from tests.workers.facts import about, at_least, exactly, revenue
from workers.metrics.catalogue import METRICS

_BY_KEY = {metric.key: metric for metric in METRICS}
REVENUE, BREAKDOWN = (_BY_KEY[key] for key in ("revenue_per_employee", "partner_type_breakdown"))


async def page(rows: Rows) -> int:
    """Insert a convener as the Partnership on AI's page describes it, and return its id."""
    convener = await rows.organization(convener=True)
    for _ in range(9):
        await rows.partnership(convener, await rows.organization())
    await rows.claim("ANNUAL_REVENUE", revenue(), "2022", subject_organization_id=convener)
    await rows.claim("EMPLOYEES", about(37, "employee"), subject_organization_id=convener)
    await rows.claim("PARTNER_COUNT", at_least(100), subject_organization_id=convener)
    await rows.claim("PARTNER_COUNT", exactly(128), "2024", subject_organization_id=convener)
    return convener


async def metric(database: Database, organization: int, key: str = REVENUE.key) -> MetricValue | None:
    async with database.read() as session:
        return await session.scalar(
            select(MetricValue)
            .where(MetricValue.subject_id == organization, MetricValue.definition.has(key=key))
            .options(undefer(MetricValue.state), undefer(MetricValue.stale_since))
        )


async def parts(database: Database, model: Any, organization: int, key: str) -> list[Any]:
    value = await metric(database, organization, key)
    assert value is not None
    async with database.read() as session:
        found = await session.scalars(select(model).where(model.metric_value_id == value.id).order_by(model.id))
        return list(found.all())


async def conflicts(database: Database, organization: int) -> list[ClaimConflict]:
    async with database.read() as session:
        found = await session.scalars(
            select(ClaimConflict).where(ClaimConflict.organization_id == organization).order_by(ClaimConflict.id)
        )
        return list(found.all())


async def is_fresh(database: Database, organization: int, value: int | str) -> bool:
    """Return whether the revenue per employee is FRESH and has this value."""
    found = await metric(database, organization)
    return bool(found and found.value and found.state is MetricState.FRESH and found.value.value == Decimal(value))
