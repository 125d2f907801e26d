"""The metrics: pure formulas in one registry, each in a file of its own."""

from typing import Final

from workers.metrics.metric import Metric
from workers.metrics.partner_type_breakdown import PARTNER_TYPE_BREAKDOWN
from workers.metrics.revenue_per_employee import REVENUE_PER_EMPLOYEE

METRICS: Final[tuple[Metric, ...]] = (REVENUE_PER_EMPLOYEE, PARTNER_TYPE_BREAKDOWN)
