"""Ratios of two claims, such as revenue per employee or founders per partner."""

from collections.abc import Callable
from typing import Final

from db.values.facts import Facts
from db.values.reads import Claims, Read
from db.values.results import Input, Result
from db.values.vocabulary import MetricState
from workers.metrics.claims.evidence import said
from workers.metrics.formulas.ratio import CURRENCY, Ratio, Term
from workers.metrics.metric import Metric
from workers.metrics.numbers import share
from workers.metrics.numbers.share import ALL

_REVENUE: Final = Term("ANNUAL_REVENUE", "the annual revenue", None)
_EMPLOYEES: Final = Term("EMPLOYEES", "the number of employees", "employees")
_PARTNERS: Final = Term("PARTNER_COUNT", "the reported number of partners", "partners")
_FOUNDERS: Final = Term("FOUNDER_COUNT", "the number of founders", "founders")
_INDUSTRY_FUNDING: Final = Term("INDUSTRY_FUNDING", "industry's yearly funding", None)

_PER_EMPLOYEE: Final = Ratio(_REVENUE, _EMPLOYEES, CURRENCY)
_PER_PARTNER: Final = Ratio(_REVENUE, _PARTNERS, CURRENCY)
_PARTNERS_EACH: Final = Ratio(_PARTNERS, _EMPLOYEES, "organization", "partners")
_FOUNDERS_SHARE: Final = Ratio(_FOUNDERS, _PARTNERS, share.UNIT, "founders")
_FUNDING_SHARE: Final = Ratio(_INDUSTRY_FUNDING, _REVENUE, share.UNIT)


def _metric(
    ratio: Ratio,
    *,
    key: str,
    title: str,
    description: str,
    also: tuple[Read, ...] = (),
    compute: Callable[[Facts], Result] | None = None,
) -> Metric:
    """The metric of a ratio. `compute` replaces the formula of the ratio; `also` names further facts that it reads."""
    return Metric(
        key=key,
        title=title,
        description=description,
        formula=ratio.formula,
        unit=ratio.unit,
        version=1,
        reads=(*ratio.reads, *also),
        compute=compute or ratio,
    )


REVENUE_PER_EMPLOYEE: Final = _metric(
    _PER_EMPLOYEE,
    key="revenue_per_employee",
    title="Revenue per employee",
    description=(
        "The annual revenue divided by the number of employees, in US dollars. If the sources round their numbers, the"
        " bounds show the possible error. Other currencies are not converted."
    ),
)

REVENUE_PER_PARTNER: Final = _metric(
    _PER_PARTNER,
    key="revenue_per_partner",
    title="Revenue per partner",
    description=(
        "The annual revenue divided by the reported number of partners, in US dollars. If one of the two is only a"
        " minimum or a maximum, the result has only one bound. Other currencies are not converted."
    ),
)

PARTNERS_PER_EMPLOYEE: Final = _metric(
    _PARTNERS_EACH,
    key="partners_per_employee",
    title="Partners per employee",
    description=(
        "The reported number of partners divided by the number of employees. If the sources round their numbers, the"
        " bounds show the possible error."
    ),
)

FOUNDING_SHARE: Final = _metric(
    _FOUNDERS_SHARE,
    key="founding_share",
    title="Founders per partner",
    description=(
        "The number of founders divided by the reported number of partners. If all founders have stayed, this is their"
        " share of the partners. It can exceed 100 % if partners have left. If sources count the founders differently,"
        " the alternatives show the other shares."
    ),
)


def industry_funding_share(facts: Facts) -> Result:
    """The ratio of two amounts in the same currency, at most 1."""
    result = _FUNDING_SHARE(facts)
    structure = facts.claims_of("FUNDING_STRUCTURE")
    words = [f"the FUNDING_STRUCTURE claim “{said(claim)}” gives no amount" for claim in structure]
    inputs = (
        *result.inputs,
        *(Input("the funding structure", claim.node, None, "it gives no amount", excluded=True) for claim in structure),
    )
    if result.value is None:
        return result._replace(substitution="; ".join((result.substitution, *words)), inputs=inputs)
    value, lower, upper = result.value.value, result.value.lower, result.value.upper
    if (least := value if lower is None else lower) is not None and least > ALL:
        more = f"{result.substitution}; expected a share of at most 100 %"
        return Result(MetricState.INSUFFICIENT_DATA, more, warnings=result.warnings, inputs=inputs)
    within = share.Interval(value, lower, upper).at_most(ALL)
    value = share.share(within, result.value.bounds_basis, result.value.as_of)
    return result._replace(value=value, inputs=inputs)


INDUSTRY_FUNDING_SHARE: Final = _metric(
    _FUNDING_SHARE,
    key="industry_funding_share",
    title="Industry's share of the funding",
    description=(
        "The yearly amount that industry gives (INDUSTRY_FUNDING) divided by the annual revenue. Both must be in the"
        " same currency. If a source says that industry funds the organization but names no amount, the share is"
        " unknown. There is no result if the amount exceeds the revenue."
    ),
    also=(Claims("FUNDING_STRUCTURE"),),
    compute=industry_funding_share,
)
