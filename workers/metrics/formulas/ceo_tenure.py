"""The chief executive's time in office."""

from datetime import date
from decimal import Decimal
from typing import Final

from db.values.facts import Facts, Post, Tenure
from db.values.quantity import BoundsBasis, Quantity
from db.values.reads import TENURES
from db.values.results import Result, Warning
from db.values.vocabulary import MetricState, PostBody
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import CENT, Interval, words

_YEAR: Final = Decimal("365.2425")
_TITLES: Final = ("chief executive", "executive director")


def compute(facts: Facts) -> Result:
    """The years from the start of the current tenure to today."""
    posts = [post for post in facts.posts if post.body is PostBody.EXECUTIVE and _leads(post)]
    if not posts:
        return Result(MetricState.INSUFFICIENT_DATA, "no chief executive post is recorded")
    held = [tenure for post in posts for tenure in post.holders if _is_present(tenure, facts.today)]
    if not held:
        return Result(MetricState.INSUFFICIENT_DATA, "no current chief executive is recorded")
    # A predecessor without a recorded end date still seems to be in office, so the holder who started last counts.
    latest = max(held, key=lambda tenure: tenure.start.earliest or date.min if tenure.start else date.min)
    if latest.start is None or latest.start.latest is None:
        return Result(MetricState.INSUFFICIENT_DATA, "the current chief executive's start date is not recorded")
    return _years(latest.start.edtf, latest.start.earliest, min(latest.start.latest, facts.today), facts.today)


def _years(edtf: str, earliest: date | None, latest: date, today: date) -> Result:
    lower = _length(latest, today)
    upper = _length(earliest, today) if earliest else None
    years = Interval(lower if lower == upper else None, lower, upper)
    message = f"The chief executive's start date is only known as {edtf}, so the time in office is not exact."
    return Result(
        MetricState.FRESH,
        f"from {edtf} to {today.isoformat()}: {words(years, 'years')}",
        Quantity(
            *years,
            "year",
            None,
            years.comparator,
            BoundsBasis.ASSERTED,
            words(years, "years"),
            today.isoformat(),
        ),
        warnings=() if lower == upper else (Warning("APPROXIMATE_INPUT", message),),
    )


def _length(start: date, today: date) -> Decimal:
    return ((today - start).days / _YEAR).quantize(CENT)


def _leads(post: Post) -> bool:
    label = post.label.casefold()
    return "ceo" in label.replace("/", " ").replace(",", " ").split() or any(title in label for title in _TITLES)


def _is_present(tenure: Tenure, today: date) -> bool:
    """Whether the tenure has not ended, and is not known to begin later."""
    begun = not (tenure.start and tenure.start.earliest and tenure.start.earliest > today)
    return begun and not (tenure.end and tenure.end.latest and tenure.end.latest < today)


CEO_TENURE: Final = Metric(
    key="ceo_tenure",
    title="CEO's time in office",
    description=(
        "The number of years that the current chief executive has been in office, as of today. Every executive post"
        " counts whose label contains CEO, chief executive or executive director. If the start date is known only to"
        " the month or year, the result has bounds. If several holders have no end date, the one who started last"
        " counts as current."
    ),
    formula="today - start of the current tenure",
    unit="year",
    version=1,
    reads=(TENURES,),
    compute=compute,
    time_dependent=True,
)
