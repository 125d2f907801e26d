"""Participants and outputs of workstreams, checked by hand."""

from decimal import Decimal

from db.values.facts import Workstream
from db.values.vocabulary import Sector
from tests.workers.facts import at_least, claim, exactly, pai
from tests.workers.metrics.results import codes, counts, ends, is_insufficient, is_not_applicable, shares, value
from workers.metrics.formulas.workstreams import OUTPUTS_PER_WORKSTREAM, WORKSTREAM_PARTICIPATION

LABOR = Workstream(1, "Labor", {Sector.INDUSTRY: 3, Sector.UNKNOWN: 1}, 2)
MEDIA = Workstream(2, "Media", {Sector.INDUSTRY: 1}, 1)
SAFETY = Workstream(3, "Safety", {}, 0)
ALL = (LABOR, MEDIA, SAFETY)


def test_participation_crosses_sectors_and_workstreams() -> None:
    # (4 + 1 + 0) / 3 = 1.67.
    result = WORKSTREAM_PARTICIPATION.compute(pai(workstreams=ALL))
    assert ends(result) == (Decimal("1.67"),) * 3
    assert counts(result) == {"Workstream:1/INDUSTRY": 3, "Workstream:1/UNKNOWN": 1, "Workstream:2/INDUSTRY": 1}
    assert shares(result) == {
        "Workstream:1/INDUSTRY": "75 %",
        "Workstream:1/UNKNOWN": "25 %",
        "Workstream:2/INDUSTRY": "100 %",
    }
    assert [slice.label for slice in result.slices] == ["Labor: industry", "Labor: unknown", "Media: industry"]
    assert result.substitution == "(4 + 1 + 0) ÷ 3 workstreams = 1.67 organizations"


def test_outputs_are_counted_for_each_workstream() -> None:
    # (2 + 1 + 0) / 3 = 1.
    result = OUTPUTS_PER_WORKSTREAM.compute(pai(workstreams=ALL))
    assert ends(result) == (Decimal(1),) * 3
    assert counts(result) == {"Workstream:1": 2, "Workstream:2": 1, "Workstream:3": 0}
    assert shares(result) == {"Workstream:1": "66.67 %", "Workstream:2": "33.33 %", "Workstream:3": "0 %"}
    assert value(result).unit == "output"


def test_none_recorded_is_insufficient_data_and_never_zero() -> None:
    for metric, what in ((WORKSTREAM_PARTICIPATION, "current participants"), (OUTPUTS_PER_WORKSTREAM, "outputs")):
        result = metric.compute(pai(workstreams=(SAFETY, SAFETY)))
        assert is_insufficient(result)
        assert result.substitution == f"no {what} are recorded for any of the 2 workstreams"
        assert is_insufficient(metric.compute(pai()))


def test_no_workstreams_are_not_applicable() -> None:
    for metric in (WORKSTREAM_PARTICIPATION, OUTPUTS_PER_WORKSTREAM):
        assert is_not_applicable(metric.compute(pai(claim(1, "WORKSTREAM_COUNT", exactly(0, "workstream")))))


def test_more_reported_than_recorded_workstreams_are_warned_of() -> None:
    facts = pai(
        claim(1, "WORKSTREAM_COUNT", at_least(3, "workstream")),
        claim(2, "WORKSTREAM_COUNT", at_least(4, "workstream")),
        workstreams=ALL,
    )
    assert codes(OUTPUTS_PER_WORKSTREAM.compute(facts)) == ["LOW_COVERAGE"]
    three = pai(claim(1, "WORKSTREAM_COUNT", at_least(3, "workstream")), workstreams=ALL)
    assert codes(OUTPUTS_PER_WORKSTREAM.compute(three)) == []
