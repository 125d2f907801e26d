"""The catalogue: every metric, in the order in which the API lists them."""

from typing import Final

from db.values.reads import Read
from db.values.results import Definition
from workers.metrics.formulas.assessment_profile import ASSESSMENT_PROFILE
from workers.metrics.formulas.board_balance import BOARD_BALANCE
from workers.metrics.formulas.ceo_tenure import CEO_TENURE
from workers.metrics.formulas.claim_quality import CONFLICT_RATE, EVIDENCE_QUALITY
from workers.metrics.formulas.convener_overlap import CONVENER_OVERLAP
from workers.metrics.formulas.founding_retention import FOUNDING_RETENTION
from workers.metrics.formulas.frontier_labs import FRONTIER_LAB_PARTICIPATION
from workers.metrics.formulas.listed_partner_coverage import LISTED_PARTNER_COVERAGE
from workers.metrics.formulas.partner_churn import PARTNER_CHURN
from workers.metrics.formulas.partner_diversity import PARTNER_TYPE_CONCENTRATION, PARTNER_TYPE_ENTROPY
from workers.metrics.formulas.partner_growth import PARTNER_GROWTH
from workers.metrics.formulas.partner_type_breakdown import PARTNER_TYPE_BREAKDOWN
from workers.metrics.formulas.ratios import (
    FOUNDING_SHARE,
    INDUSTRY_FUNDING_SHARE,
    PARTNERS_PER_EMPLOYEE,
    REVENUE_PER_EMPLOYEE,
    REVENUE_PER_PARTNER,
)
from workers.metrics.formulas.stance_balance import STANCE_BALANCE
from workers.metrics.formulas.workstreams import OUTPUTS_PER_WORKSTREAM, WORKSTREAM_PARTICIPATION
from workers.metrics.metric import Metric

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

# Every fact that some metric reads.
READS: Final[tuple[Read, ...]] = tuple(dict.fromkeys(read for metric in METRICS for read in metric.reads))

# All metrics, with those that compare two conveners.
CATALOGUE: Final[tuple[Definition, ...]] = (*METRICS, CONVENER_OVERLAP)
