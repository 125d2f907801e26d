"""The metrics: pure formulas in one registry, a family in each file."""

from typing import Final

from workers.metrics.assessment_profile import ASSESSMENT_PROFILE
from workers.metrics.board_balance import BOARD_BALANCE
from workers.metrics.ceo_tenure import CEO_TENURE
from workers.metrics.claim_quality import CONFLICT_RATE, EVIDENCE_QUALITY
from workers.metrics.convener_overlap import CONVENER_OVERLAP
from workers.metrics.founding_retention import FOUNDING_RETENTION
from workers.metrics.frontier_labs import FRONTIER_LAB_PARTICIPATION
from workers.metrics.listed_partner_coverage import LISTED_PARTNER_COVERAGE
from workers.metrics.metric import Definition, Metric
from workers.metrics.partner_churn import PARTNER_CHURN
from workers.metrics.partner_diversity import PARTNER_TYPE_CONCENTRATION, PARTNER_TYPE_ENTROPY
from workers.metrics.partner_growth import PARTNER_GROWTH
from workers.metrics.partner_type_breakdown import PARTNER_TYPE_BREAKDOWN
from workers.metrics.ratios import (
    FOUNDING_SHARE,
    INDUSTRY_FUNDING_SHARE,
    PARTNERS_PER_EMPLOYEE,
    REVENUE_PER_EMPLOYEE,
    REVENUE_PER_PARTNER,
)
from workers.metrics.stance_balance import STANCE_BALANCE
from workers.metrics.workstreams import OUTPUTS_PER_WORKSTREAM, WORKSTREAM_PARTICIPATION

METRICS: Final[tuple[Metric, ...]] = (
    REVENUE_PER_EMPLOYEE,
    REVENUE_PER_PARTNER,
    PARTNERS_PER_EMPLOYEE,
    LISTED_PARTNER_COVERAGE,
    PARTNER_TYPE_BREAKDOWN,
    PARTNER_TYPE_ENTROPY,
    PARTNER_TYPE_CONCENTRATION,
    FOUNDING_SHARE,
    FOUNDING_RETENTION,
    PARTNER_GROWTH,
    PARTNER_CHURN,
    FRONTIER_LAB_PARTICIPATION,
    BOARD_BALANCE,
    INDUSTRY_FUNDING_SHARE,
    WORKSTREAM_PARTICIPATION,
    OUTPUTS_PER_WORKSTREAM,
    CEO_TENURE,
    ASSESSMENT_PROFILE,
    STANCE_BALANCE,
    EVIDENCE_QUALITY,
    CONFLICT_RATE,
)

# With those that compare two conveners.
CATALOGUE: Final[tuple[Definition, ...]] = (*METRICS, CONVENER_OVERLAP)
