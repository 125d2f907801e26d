"""Defenders against critics, checked by hand."""

from decimal import Decimal

from db.values.facts import Position
from db.values.results import Result
from db.values.vocabulary import Stance
from tests.workers.facts import pai
from tests.workers.metrics.results import counts, ends, is_insufficient, is_not_applicable, shares, value
from workers.metrics.formulas.stance_balance import compute


def argued(*stances: Stance) -> Result:
    return compute(pai(positions=[Position(n, stance) for n, stance in enumerate(stances, 1)]))


def test_critics_outweigh_defenders_below_zero() -> None:
    # The balance is (1 - 2) / 3. The neutral position does not count.
    result = argued(Stance.CRITIC, Stance.CRITIC, Stance.DEFENDER, Stance.NEUTRAL)
    assert ends(result) == (Decimal("-0.3333333333"),) * 3
    assert value(result).display == "-0.33"
    assert counts(result) == {"CRITIC": 2, "DEFENDER": 1, "NEUTRAL": 1}
    assert shares(result)["CRITIC"] == "50 %"
    assert result.substitution == "(defenders 1 - critics 2) ÷ 3 = -0.33"
    assert [str(one.node) for one in result.inputs] == [f"Position:{n}" for n in range(1, 5)]


def test_as_many_critics_as_defenders_are_in_balance() -> None:
    assert ends(argued(Stance.CRITIC, Stance.DEFENDER)) == (Decimal(0),) * 3
    assert ends(argued(Stance.DEFENDER)) == (Decimal(1),) * 3


def test_only_neutral_positions_have_no_balance() -> None:
    assert is_not_applicable(argued(Stance.NEUTRAL))


def test_no_position_is_insufficient_data() -> None:
    assert is_insufficient(argued())
