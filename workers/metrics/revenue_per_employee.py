"""Annual revenue per employee: how much money passes through each pair of hands."""

from db.models.vocabulary import MetricState
from db.quantity import Quantity
from workers.metrics.evidence import Used, approximate, undated, weigh, year_mismatch
from workers.metrics.facts import Facts
from workers.metrics.interval import CENT, Interval, basis, number, words
from workers.metrics.metric import Input, Metric, Result, Warning

CURRENCY = "USD"


def compute(facts: Facts) -> Result:
    """A quotient of intervals, in US dollars and cents."""
    revenue, revenue_inputs = weigh(facts, "ANNUAL_REVENUE", "the annual revenue")
    staff, staff_inputs = weigh(facts, "EMPLOYEES", "the number of employees")
    inputs = revenue_inputs + staff_inputs
    if revenue is None or staff is None:
        missing = " nor ".join(key for key, used in (("ANNUAL_REVENUE", revenue), ("EMPLOYEES", staff)) if used is None)
        return Result(MetricState.INSUFFICIENT_DATA, f"no number is claimed for {missing}", inputs=inputs)
    if (currency := revenue.quantity.currency or revenue.quantity.unit) != CURRENCY:
        return _other_currency(revenue, currency, inputs)
    divisor = Interval.of(staff.quantity)
    if divisor.value == 0 or (divisor.upper is not None and divisor.upper <= 0):
        return Result(MetricState.NOT_APPLICABLE, "there are no employees to divide by", inputs=inputs)
    return _quotient(revenue, staff, inputs)


def _other_currency(revenue: Used, currency: str, inputs: tuple[Input, ...]) -> Result:
    message = f"The annual revenue must be in {CURRENCY}, got {currency}."
    return Result(
        MetricState.INSUFFICIENT_DATA,
        f"the annual revenue is not in {CURRENCY}, but in {currency}",
        warnings=(Warning("CURRENCY_MISMATCH", message, (revenue.claim.node,)),),
        inputs=inputs,
    )


def _quotient(revenue: Used, staff: Used, inputs: tuple[Input, ...]) -> Result:
    dividend, divisor = Interval.of(revenue.quantity), Interval.of(staff.quantity)
    quotient = dividend.over(divisor).rounded(CENT)
    if quotient == (None, None, None):
        said = f"“{revenue.quantity.display}” and “{staff.quantity.display}” bound no quotient"
        return Result(MetricState.INSUFFICIENT_DATA, said, inputs=inputs)
    return Result(
        MetricState.FRESH,
        _substitution(dividend, dividend.divisors(divisor), quotient),
        Quantity(
            *quotient,
            unit=CURRENCY,
            currency=CURRENCY,
            comparator=quotient.comparator,
            bounds_basis=basis(revenue.quantity, staff.quantity),
            display=words(quotient, CURRENCY),
            as_of=revenue.when.edtf if revenue.when else None,
        ),
        warnings=(
            *year_mismatch(revenue, staff),
            *undated((revenue, staff)),
            *approximate((revenue, staff)),
        ),
        inputs=inputs,
    )


def _substitution(dividend: Interval, divisor: Interval, quotient: Interval) -> str:
    """`6,600,000 USD ÷ 37 employees = 178,378.38 USD; at least 6,550,000 ÷ 37.5 = 174,666.67; at most …`."""
    parts: list[str] = []
    for bound, above, below, ratio in zip(("", "at least", "at most"), dividend, divisor, quotient, strict=True):
        if above is None or below is None or ratio is None:
            continue
        if not bound:
            parts.append(f"{number(above)} {CURRENCY} ÷ {number(below)} employees = {number(ratio)} {CURRENCY}")
        elif ratio != quotient.value:
            parts.append(f"{bound} {number(above)} ÷ {number(below)} = {number(ratio)}")
    return "; ".join(parts)


REVENUE_PER_EMPLOYEE = Metric(
    key="revenue_per_employee",
    title="Revenue per employee",
    description=(
        "The annual revenue divided by the number of employees, in US dollars. Where the sources round, the bounds"
        " say how far the result may be off. There is no conversion of currencies."
    ),
    formula="ANNUAL_REVENUE ÷ EMPLOYEES",
    unit=CURRENCY,
    version=1,
    depends_on=("claim:ANNUAL_REVENUE", "claim:EMPLOYEES"),
    compute=compute,
)
