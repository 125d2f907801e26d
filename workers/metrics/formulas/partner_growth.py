"""The compound annual growth rate between the first and the last dated count of partners."""

from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal
from functools import reduce
from typing import Final, NamedTuple

from db.values.facts import Claim, Facts, best
from db.values.partial_date import PartialDate
from db.values.quantity import Comparator, Quantity
from db.values.reads import Claims
from db.values.results import Input, Result, Warning
from db.values.vocabulary import MetricState, Rank
from workers.metrics.claims.conflicts import contradicting
from workers.metrics.claims.evidence import Used, approximate, conflicting
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import CENT, Interval, basis, number, words
from workers.metrics.numbers.share import STEP, percents, share

# A rate has ten digits; more would only take longer.
_RATE: Final = Context(prec=20)
DAYS_OF_A_YEAR: Final = Decimal("365.2425")
_DAY, _MONTH = 1, 31
_PARTNERS: Final = "the reported number of partners"
_FOUNDERS: Final = "the number of founders"


class Count(NamedTuple):
    """The number of partners at one time. Equally good claims give a range."""

    when: PartialDate
    used: Sequence[Used]

    @property
    def partners(self) -> Interval:
        return reduce(Interval.hull, (Interval.of(one.quantity) for one in self.used))


def compute(facts: Facts) -> Result:
    """The growth rate, with bounds from the counts. The time between them is as exact as the coarser date."""
    found = (*_founding(facts), *_dated(facts.claims_of("PARTNER_COUNT")))
    counts = sorted(found, key=lambda count: count.when.latest or date.max)
    if len(counts) < 2:
        nothing = "expected partner counts for two dates, got "
        got = f"one for {counts[0].when.edtf}" if counts else "none with a date"
        return Result(MetricState.INSUFFICIENT_DATA, nothing + got, inputs=_inputs(facts, ()))
    first, last = counts[0], counts[-1]
    inputs = _inputs(facts, (first, last))
    years = _elapsed(first.when, last.when)
    if years.lower is None or years.lower < 1:
        nothing = f"expected partner counts at least one year apart, got {first.when.edtf} and {last.when.edtf}"
        return Result(MetricState.INSUFFICIENT_DATA, nothing, inputs=inputs)
    if first.partners.upper is not None and first.partners.upper <= 0:
        return Result(MetricState.NOT_APPLICABLE, "the first count is 0, so there is no growth rate", inputs=inputs)
    return _growth(facts, first, last, years, inputs)


def _growth(facts: Facts, first: Count, last: Count, years: Interval, inputs: tuple[Input, ...]) -> Result:
    times = last.partners.over(first.partners)
    rate = Interval(
        _annual(times.value, years.value),
        _annual(times.lower, years.upper if times.lower is None or times.lower >= 1 else years.lower),
        _annual(times.upper, years.lower if times.upper is None or times.upper >= 1 else years.upper),
    ).rounded(STEP)
    used = (*first.used, *last.used)
    if rate.unbounded:
        return Result(MetricState.INSUFFICIENT_DATA, "the counts set no bounds on the growth rate", inputs=inputs)
    return Result(
        MetricState.FRESH,
        f"({words(last.partners, 'partners')} in {last.when.edtf} ÷ {words(first.partners, 'partners')} in"
        f" {first.when.edtf}) ^ (1 ÷ {words(years.rounded(CENT), 'years')}) - 1 = {percents(rate)} a year",
        _quantity(rate, used, last),
        warnings=(
            *approximate(used),
            *_rough(first.when, last.when),
            *_conflicts(facts, first),
            *_conflicts(facts, last),
        ),
        inputs=inputs,
    )


def _quantity(rate: Interval, used: Sequence[Used], last: Count) -> Quantity:
    quantity = share(rate, basis(*(one.quantity for one in used)), last.when.edtf)
    comparator = Comparator.BETWEEN if rate.value is None and None not in rate[1:] else quantity.comparator
    display = f"{quantity.display} a year"
    return Quantity(*rate, "share per year", None, comparator, quantity.bounds_basis, display, quantity.as_of)


def _founding(facts: Facts) -> list[Count]:
    """The number of founders on the founding date, as a count of partners."""
    founded = best(claim for claim in facts.claims_of("FOUNDING_DATE") if isinstance(claim.value, PartialDate))
    used = _best_of(_FOUNDERS, facts.claims_of("FOUNDER_COUNT"))
    return [Count(founded.value, used)] if founded and isinstance(founded.value, PartialDate) and used else []


def _dated(claims: Sequence[Claim]) -> list[Count]:
    at: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.valid_during:
            at.setdefault(claim.valid_during.edtf, []).append(claim)
    found = ((of[0].valid_during, _best_of(_PARTNERS, of)) for of in at.values())
    return [Count(when, used) for when, used in found if when and used]


def _best_of(name: str, claims: Sequence[Claim]) -> list[Used]:
    """The claims with the highest rank. Dates cannot choose among them, because all are for the same time."""
    numbers = [
        Used(name, claim, claim.value)
        for claim in claims
        if isinstance(claim.value, Quantity) and claim.rank is not Rank.DEPRECATED
    ]
    preferred = [one for one in numbers if one.claim.rank is Rank.PREFERRED]
    return preferred or numbers


def _elapsed(first: PartialDate, last: PartialDate) -> Interval:
    """The years between two times, in days or months if both times are that exact, otherwise in calendar years."""
    if None in (first.earliest, first.latest, last.earliest, last.latest):
        return Interval(None, None, None)
    grain = max(_days(first), _days(last))
    lower, upper = _between(last.earliest, first.latest, grain), _between(last.latest, first.earliest, grain)
    return Interval(lower if lower == upper else None, lower, upper)


def _between(later: date | None, earlier: date | None, grain: int) -> Decimal:
    assert later is not None, "an open time has no length"
    assert earlier is not None, "an open time has no length"
    if grain <= _DAY:
        return _RATE.divide((later - earlier).days, DAYS_OF_A_YEAR)
    years, months = later.year - earlier.year, later.month - earlier.month
    return _RATE.divide(12 * years + months, 12) if grain <= _MONTH else Decimal(years)


def _days(time: PartialDate) -> int:
    return (time.latest - time.earliest).days + 1 if time.latest and time.earliest else _MONTH + 1


def _annual(times: Decimal | None, years: Decimal | None) -> Decimal | None:
    """The yearly rate of growth by the factor `times`; None if it does not exist, such as for a negative factor."""
    if times is None or years is None or times < 0:
        return None
    return _RATE.power(times, _RATE.divide(1, years)) - 1


def _rough(first: PartialDate, last: PartialDate) -> list[Warning]:
    """APPROXIMATE_INPUT if the dates are so coarse that the number of years between them is uncertain."""
    if max(_days(first), _days(last)) <= _MONTH or not (
        first.earliest and first.latest and last.earliest and last.latest
    ):
        return []
    ends = [
        _RATE.divide(days.days, DAYS_OF_A_YEAR) for days in (last.earliest - first.latest, last.latest - first.earliest)
    ]
    least, most = (number(round(end, 2)) for end in ends)
    message = (
        f"The metric counts calendar years, because a date does not name a month. The exact time from {first.edtf} to"
        f" {last.edtf} is between {least} and {most} years."
    )
    return [Warning("APPROXIMATE_INPUT", message)]


def _conflicts(facts: Facts, count: Count) -> list[Warning]:
    """CONFLICTING_INPUT if the used claims contradict each other, or if other claims contradict them."""
    one, *others = count.used
    rivals = contradicting(one.claim, [other.claim for other in others])
    if not rivals:
        return conflicting(facts, [one])
    said = " and ".join(f"“{used.quantity.display}”" for used in count.used)
    message = f"Sources contradict each other about {one.name}: {said}. The bounds allow for all of them."
    return [Warning("CONFLICTING_INPUT", message, tuple(used.claim.node for used in count.used))]


def _inputs(facts: Facts, counts: Sequence[Count]) -> tuple[Input, ...]:
    used = {one.claim.id: (one, count.when) for count in counts for one in count.used}
    taken = [
        Input(one.name, one.claim.node, one.quantity, f"it is the count for {when.edtf}") for one, when in used.values()
    ]
    named = ((_FOUNDERS, "FOUNDER_COUNT"), (_PARTNERS, "PARTNER_COUNT"))
    rest = [(name, claim) for name, key in named for claim in facts.claims_of(key) if claim.id not in used]
    left_out = [
        Input(
            name, claim.node, claim.value if isinstance(claim.value, Quantity) else None, _why_not(claim), excluded=True
        )
        for name, claim in rest
    ]
    return (*taken, *left_out)


def _why_not(claim: Claim) -> str:
    if claim.rank is Rank.DEPRECATED:
        return "its rank is DEPRECATED"
    if claim.value is None:
        return f"its value is {claim.value_status.name}, not a number"
    if claim.property.key == "PARTNER_COUNT" and claim.valid_during is None:
        return "it has no date"
    return "it is not for the first or the last date, or another claim for that date is PREFERRED"


PARTNER_GROWTH: Final = Metric(
    key="partner_growth",
    title="Annual growth in partners",
    description=(
        "The compound annual growth rate between the first and the last dated count of partners. The number of"
        " founders on the founding date is such a count. If sources contradict each other about a count and none is"
        " preferred, the bounds allow for all of them. The time between the counts must be at least one year. It is"
        " measured as exactly as both dates allow: in days, months or calendar years. Counts without a date are not"
        " used."
    ),
    formula=(
        "(last count ÷ first count) ^ (1 ÷ years between them) - 1; a count is a PARTNER_COUNT, or FOUNDER_COUNT on the"
        " FOUNDING_DATE"
    ),
    unit="share per year",
    version=1,
    reads=(Claims("PARTNER_COUNT"), Claims("FOUNDER_COUNT"), Claims("FOUNDING_DATE")),
    compute=compute,
)
