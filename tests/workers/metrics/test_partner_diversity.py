"""Entropy and concentration of the partners' sectors, checked by hand."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from db.values.vocabulary import Sector
from tests.workers.facts import at_least, claim, exactly, pai
from tests.workers.metrics.results import codes, ends, is_insufficient, is_not_applicable, value
from workers.metrics.formulas.partner_diversity import (
    PARTNER_TYPE_CONCENTRATION,
    PARTNER_TYPE_ENTROPY,
    concentration,
    entropy,
)

KNOWN = [sector for sector in Sector if sector is not Sector.UNKNOWN]


def test_two_equal_sectors_have_one_bit_and_half_the_concentration() -> None:
    facts = pai(claim(1, "PARTNER_COUNT", exactly(8)), partners={Sector.INDUSTRY: 4, Sector.MEDIA: 4})
    assert ends(PARTNER_TYPE_ENTROPY.compute(facts)) == (Decimal(1),) * 3
    assert ends(PARTNER_TYPE_CONCENTRATION.compute(facts)) == (Decimal("0.5"),) * 3
    assert value(PARTNER_TYPE_ENTROPY.compute(facts)).display == "1 bit"


def test_one_sector_has_no_entropy_and_all_concentration() -> None:
    facts = pai(partners={Sector.INDUSTRY: 3})
    assert ends(PARTNER_TYPE_ENTROPY.compute(facts)) == (Decimal(0),) * 3
    assert ends(PARTNER_TYPE_CONCENTRATION.compute(facts)) == (Decimal(1),) * 3
    assert codes(PARTNER_TYPE_ENTROPY.compute(facts)) == ["MISSING_INPUT"]


def test_unknown_sectors_give_bounds_by_their_most_even_and_most_uneven_spread() -> None:
    # Of 10: 6 industry, 2 media, 2 unknown. Most uneven 8 + 2: 0.64 + 0.04 = 0.68 and 0.721928 bits;
    # most even 6, 2 and 5 x 0.4: 0.36 + 0.04 + 5 x 0.0016 = 0.408 and 0.6 x 0.736966 + 0.2 x 2.321928 + 0.2 x 4.643856
    # = 0.442179 + 0.464386 + 0.928771 = 1.835336 bits.
    facts = pai(claim(1, "PARTNER_COUNT", exactly(10)), partners={Sector.INDUSTRY: 6, Sector.MEDIA: 2})
    assert ends(PARTNER_TYPE_CONCENTRATION.compute(facts)) == (None, Decimal("0.408"), Decimal("0.68"))
    assert ends(PARTNER_TYPE_ENTROPY.compute(facts)) == (None, Decimal("0.721928"), Decimal("1.835336"))
    assert PARTNER_TYPE_CONCENTRATION.compute(facts).substitution == (
        "10 partners, 8 with a known sector (INDUSTRY 6, MEDIA 2): the concentration is 0.408 to 0.68"
    )


def test_many_unknown_partners_fill_up_one_level_after_the_other() -> None:
    # Of 20: 6 industry, 2 media, 12 unknown: 10 of these lift five sectors to media's 2, and 2 all six to 7/3.
    # Most even 0.3 ** 2 + 6 x (7 / 60) ** 2 = 0.171667; most uneven 0.9 ** 2 + 0.1 ** 2 = 0.82.
    facts = pai(claim(1, "PARTNER_COUNT", exactly(20)), partners={Sector.INDUSTRY: 6, Sector.MEDIA: 2})
    assert ends(PARTNER_TYPE_CONCENTRATION.compute(facts)) == (None, Decimal("0.171667"), Decimal("0.82"))


def test_partners_listed_without_sector_are_unknown() -> None:
    known = pai(claim(1, "PARTNER_COUNT", exactly(10)), partners={Sector.INDUSTRY: 6, Sector.MEDIA: 2})
    listed = pai(partners={Sector.INDUSTRY: 6, Sector.MEDIA: 2, Sector.UNKNOWN: 2})
    for metric in (PARTNER_TYPE_ENTROPY, PARTNER_TYPE_CONCENTRATION):
        assert ends(metric.compute(known)) == ends(metric.compute(listed))


def test_bounds_that_any_partners_have_are_insufficient_data() -> None:
    # The 119 unknown partners may all be industry, or may fill every sector up to 128 / 7.
    facts = pai(claim(1, "PARTNER_COUNT", exactly(128)), partners={Sector.INDUSTRY: 9})
    result = PARTNER_TYPE_CONCENTRATION.compute(facts)
    assert is_insufficient(result)
    assert result.substitution == (
        "128 partners, 9 with a known sector (INDUSTRY 9): the concentration may be anything from 0.142857 to 1"
    )
    assert codes(result) == ["LOW_COVERAGE"]
    assert is_insufficient(PARTNER_TYPE_ENTROPY.compute(facts))
    assert is_insufficient(PARTNER_TYPE_ENTROPY.compute(pai(claim(1, "PARTNER_COUNT", exactly(128)))))


def test_endlessly_many_unknown_partners_may_be_of_any_sector() -> None:
    facts = pai(claim(1, "PARTNER_COUNT", at_least(3)), partners={Sector.INDUSTRY: 2, Sector.MEDIA: 1})
    assert is_insufficient(PARTNER_TYPE_ENTROPY.compute(facts))


def test_no_partners_have_no_diversity() -> None:
    assert is_insufficient(PARTNER_TYPE_ENTROPY.compute(pai()))
    assert is_not_applicable(PARTNER_TYPE_ENTROPY.compute(pai(claim(1, "PARTNER_COUNT", exactly(0)))))


@given(some.lists(some.integers(0, 30), min_size=7, max_size=7), some.lists(some.sampled_from(KNOWN), max_size=30))
def test_bounds_hold_however_the_unknown_partners_are_spread(listed: list[int], unknown: list[Sector]) -> None:
    known = {sector: count for sector, count in zip(KNOWN, listed, strict=True) if count}
    if not sum(listed) + len(unknown):
        return
    facts = pai(claim(1, "PARTNER_COUNT", exactly(sum(listed) + len(unknown))), partners=known)
    truth = [count + unknown.count(sector) for sector, count in zip(KNOWN, listed, strict=True)]
    shares = [count / sum(truth) for count in truth]
    for metric, index in ((PARTNER_TYPE_ENTROPY, entropy), (PARTNER_TYPE_CONCENTRATION, concentration)):
        result = metric.compute(facts)
        if result.value:
            _, lower, upper = ends(result)
            assert lower is not None
            assert upper is not None
            assert float(lower) - 1e-6 <= index(shares) <= float(upper) + 1e-6
