"""All metrics of the Partnership on AI, from its recorded page."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from db.connections.engine import Database
from db.facts.gather import gather
from db.values.facts import Facts
from db.values.results import Result
from db.values.vocabulary import MetricState
from seed.load import default_record, load_record
from tests.workers.metrics.results import codes, counts, ends, shares, value
from workers.metrics.catalogue import METRICS, READS
from workers.metrics.claims.alternatives import find_alternatives
from workers.metrics.claims.conflicts import conflicts
from workers.metrics.metric import Metric

TODAY = date(2026, 11, 22)
BY_KEY = {metric.key: metric for metric in METRICS}


@pytest.fixture
async def page(database: Database) -> Facts:
    """Return the facts about the convener of the first record, on a fixed day."""
    async with database.write() as session:
        assert await load_record(session, default_record())
        (facts,) = [one for one in await gather(session, range(1, 50), READS, TODAY) if one.is_convener]
    return facts


def compute(key: str, page: Facts) -> Result:
    return BY_KEY[key].compute_from(page)


def alternatives(metric: Metric, page: Facts) -> set[str]:
    found = find_alternatives(metric.compute, page, metric.compute(page), conflicts(page.claims))
    return {value(one.result).display for one in found}


# This is one test, because loading the record takes longer than all formulas.
async def test_values_are_those_of_the_page(page: Facts) -> None:
    assert ends(compute("revenue_per_employee", page)) == (
        Decimal("178378.38"), Decimal("174666.67"), Decimal("182191.78"),
    )  # fmt: skip
    assert value(compute("revenue_per_partner", page)).display == "≈51,562.5 USD"
    assert ends(compute("partners_per_employee", page)) == (Decimal("3.46"), Decimal("3.41"), Decimal("3.51"))
    assert value(compute("listed_partner_coverage", page)).display == "7.03 %"
    assert shares(compute("partner_type_breakdown", page)) == {"INDUSTRY": "7.03 % to 100 %", "UNKNOWN": "92.97 %"}
    # The claim of six founders was added after that of seven, so it counts.
    assert value(compute("founding_share", page)).display == "4.69 %"
    assert alternatives(BY_KEY["founding_share"], page) == {"5.47 %"}
    # No founder is known to have left, and the page has no later dated mention of any of them.
    assert counts(compute("founding_retention", page)) == {"PRESUMED": 7, "CONFIRMED": 0, "LEFT": 0}
    assert value(compute("partner_growth", page)).display == "43.8 % to 46.6 % a year"
    assert alternatives(BY_KEY["partner_growth"], page) == {"43.8 % a year", "46.6 % a year"}
    # Two of the four labs take part through their parent or predecessor.
    assert value(compute("frontier_lab_participation", page)).display == "100 %"
    assert counts(compute("frontier_lab_participation", page)) == {"LISTED": 4, "NOT_LISTED": 0}
    assert alternatives(BY_KEY["frontier_lab_participation"], page) == {"50 % to 100 %"}
    # Synthetic media has 1 output, labor 2, safety 1 and the incident database 1.
    assert ends(compute("outputs_per_workstream", page)) == (Decimal("1.25"),) * 3
    assert list(counts(compute("outputs_per_workstream", page)).values()) == [1, 2, 1, 1]
    assert value(compute("ceo_tenure", page)).display == "5.06 to 5.14 years"
    assert value(compute("assessment_profile", page)).display == "High"
    assert counts(compute("assessment_profile", page)) == {"VERY_HIGH": 2, "HIGH": 2, "MODERATE": 2}
    assert counts(compute("stance_balance", page)) == {"CRITIC": 2, "DEFENDER": 1}
    # There is one source. Only two claims have a validity, and two are dates.
    assert counts(compute("evidence_quality", page)) == {"UNCITED": 0, "SINGLE_SOURCE": 60, "UNDATED": 56}
    # Three of sixteen properties are disputed: the founders, the labs that take part, and the uniqueness.
    assert compute("conflict_rate", page).substitution == "3 contradicted ÷ 16 properties with claims = 18.75 %"


async def test_metric_that_the_page_does_not_determine_says_why(page: Facts) -> None:
    reasons = {
        key: result.substitution
        for key in BY_KEY
        if (result := compute(key, page)).state is MetricState.INSUFFICIENT_DATA
    }
    assert reasons == {
        "partner_type_entropy": "128 partners, 9 with a known sector (INDUSTRY 9):"
        " the entropy may be anything from 0 to 2.807355",
        "partner_type_concentration": "128 partners, 9 with a known sector (INDUSTRY 9):"
        " the concentration may be anything from 0.142857 to 1",
        "partner_churn": "no listed partner has a recorded end, which does not prove that none has left",
        "board_balance": "industry may hold anything from 0 % to 100 % of the board's seats (INDUSTRY at least 1,"
        " CIVIL_SOCIETY at least 1, UNKNOWN at least 1)",
        "industry_funding_share": "no claim gives a number for INDUSTRY_FUNDING;"
        " the FUNDING_STRUCTURE claim “INDUSTRY_FUNDED” gives no amount",
        "workstream_participation": "no current participants are recorded for any of the 4 workstreams",
    }


async def test_warnings_are_those_that_the_page_gives_cause_for(page: Facts) -> None:
    found = {key: codes(result) for key in BY_KEY if (result := compute(key, page)).warnings}
    assert found == {
        "revenue_per_employee": ["UNDATED_INPUT", "APPROXIMATE_INPUT"],
        "revenue_per_partner": ["YEAR_MISMATCH", "APPROXIMATE_INPUT"],
        "partners_per_employee": ["UNDATED_INPUT", "APPROXIMATE_INPUT"],
        "listed_partner_coverage": ["LOW_COVERAGE"],
        "partner_type_breakdown": ["LOW_COVERAGE"],
        "partner_type_entropy": ["LOW_COVERAGE"],
        "partner_type_concentration": ["LOW_COVERAGE"],
        "founding_share": ["UNDATED_INPUT", "CONFLICTING_INPUT"],
        "partner_growth": ["APPROXIMATE_INPUT", "CONFLICTING_INPUT"],
        "frontier_lab_participation": ["CONFLICTING_INPUT"],
        "ceo_tenure": ["APPROXIMATE_INPUT"],
        "assessment_profile": ["UNDATED_INPUT"],
    }


def declared_alone(metric: Metric, page: Facts, gathered: Facts) -> Facts:
    """Return the gathered facts without the claims and the parts of rows that the metric does not declare."""
    names = set(metric.depends_on)
    claims = [claim for claim in page.claims if names & {"claim", f"claim:{claim.property.key}"}]
    return replace(
        gathered,
        claims=claims if "citation" in names else [replace(claim, sources=0) for claim in claims],
        posts=gathered.posts if "tenure" in names else [post._replace(holders=()) for post in gathered.posts],
        workstreams=[
            one._replace(
                participants=one.participants if "participation" in names else {},
                outputs=one.outputs if "output" in names else 0,
            )
            for one in gathered.workstreams
        ],
    )


async def test_every_metric_is_computed_from_its_declared_facts_alone(database: Database, page: Facts) -> None:
    for metric in METRICS:
        async with database.write() as session:
            (gathered,) = await gather(session, [page.organization.id], metric.reads, TODAY)
        declared = declared_alone(metric, page, gathered)
        assert metric.compute_from(declared) == metric.compute(page), metric.key


async def test_only_what_is_time_dependent_changes_with_the_day(database: Database, page: Facts) -> None:
    async with database.write() as session:
        (later,) = await gather(session, [page.organization.id], READS, date(2031, 11, 22))
    changed = {key for key in BY_KEY if compute(key, page) != compute(key, later)}
    assert changed == {"ceo_tenure"}
    assert all(BY_KEY[key].time_dependent for key in changed)
