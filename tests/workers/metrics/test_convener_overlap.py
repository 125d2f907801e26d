"""The share of the partners that two conveners have in common."""

from decimal import Decimal

from db.values.results import Overlap
from db.values.vocabulary import MetricState
from tests.workers.metrics.results import ends
from workers.metrics.formulas.convener_overlap import CONVENER_OVERLAP


def test_overlap_is_the_shared_of_those_that_either_has() -> None:
    # 12 ÷ (100 + 100 - 12).
    result = CONVENER_OVERLAP.compute(Overlap(12, 100, 100))
    assert result.state is MetricState.FRESH
    assert ends(result) == (Decimal("0.0638297872"),) * 3
    assert result.substitution == "12 partners of both ÷ 188 partners of one or both = 6.38 %"


def test_same_partners_overlap_wholly_and_others_not_at_all() -> None:
    assert ends(CONVENER_OVERLAP.compute(Overlap(3, 3, 3))) == (Decimal(1),) * 3
    assert ends(CONVENER_OVERLAP.compute(Overlap(0, 3, 0))) == (Decimal(0),) * 3


def test_conveners_without_partners_have_no_overlap_instead_of_none() -> None:
    result = CONVENER_OVERLAP.compute(Overlap(0, 0, 0))
    assert (result.state, result.value) == (MetricState.NOT_APPLICABLE, None)
