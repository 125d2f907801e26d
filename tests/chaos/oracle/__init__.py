"""The oracle: computes all expected values from the rows in plain Python, without the program's code."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from tests.chaos.oracle import labs, opinions, partners, people, work
from tests.chaos.oracle.diversity import concentration, diversity, entropy
from tests.chaos.oracle.evidence import conflicts, disputes, quality
from tests.chaos.oracle.growth import growth
from tests.chaos.oracle.numbers import MONEY, SHARE, Derived
from tests.chaos.oracle.overlap import overlaps
from tests.chaos.oracle.ratios import industry_funding, is_in_dollars, ratio
from tests.chaos.oracle.record import Record, records
from tests.chaos.snapshot import Snapshot

OVERLAP: Final = "convener_overlap"
FORMULAS: Final[Mapping[str, Callable[[Record], Derived]]] = {
    "revenue_per_employee": ratio("ANNUAL_REVENUE", "EMPLOYEES", MONEY, is_in_dollars),
    "revenue_per_partner": ratio("ANNUAL_REVENUE", "PARTNER_COUNT", MONEY, is_in_dollars),
    "partners_per_employee": ratio("PARTNER_COUNT", "EMPLOYEES", MONEY),
    "founding_share": ratio("FOUNDER_COUNT", "PARTNER_COUNT", SHARE),
    "industry_funding_share": industry_funding,
    "partner_type_breakdown": partners.breakdown,
    "partner_type_entropy": diversity(entropy),
    "partner_type_concentration": diversity(concentration),
    "listed_partner_coverage": partners.coverage,
    "founding_retention": partners.retention,
    "partner_growth": growth,
    "partner_churn": partners.churn,
    "frontier_lab_participation": labs.participation,
    "board_balance": people.board,
    "ceo_tenure": people.tenure,
    "workstream_participation": work.participation,
    "outputs_per_workstream": work.outputs,
    "assessment_profile": opinions.assessments,
    "stance_balance": opinions.stances,
    "evidence_quality": quality,
    "conflict_rate": disputes,
}


class Key(NamedTuple):
    """The key of a metric value. With a `peer`, the value compares two organizations."""

    subject: int
    metric: str
    peer: int | None = None

    @property
    def organizations(self) -> set[int | None]:
        """The organizations whose marks make the value stale."""
        return {self.subject, self.peer}


def expected_values(snapshot: Snapshot, today: date) -> dict[Any, Any]:
    """Return all values that conveners should have on that day, and all conflicts of claims."""
    found = records(snapshot, today)
    conveners = [found[row["id"]] for row in snapshot["organization"] if row["is_convener"]]
    values = {Key(one.id, metric): formula(one) for one in conveners for metric, formula in FORMULAS.items()}
    pairs = {Key(one, OVERLAP, other): value for (one, other), value in overlaps(conveners).items()}
    return values | pairs | conflicts(found.values())
