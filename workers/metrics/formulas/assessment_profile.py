"""The median of an organization's ratings, and how often each rating occurs."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from db.values.facts import Assessment, Facts
from db.values.quantity import BoundsBasis, Comparator, Quantity
from db.values.reads import ASSESSMENTS
from db.values.reference import Reference
from db.values.results import Input, Result, Slice, Warning
from db.values.vocabulary import MetricState, Rating
from workers.metrics.metric import Metric
from workers.metrics.numbers.interval import Interval
from workers.metrics.numbers.share import exact_share

# From the worst to the best, counted from 1.
_RATINGS: Final = list(Rating)


def compute(facts: Facts) -> Result:
    """The middle rating. If the two middle ratings differ, they are its bounds."""
    if not facts.assessments:
        return Result(MetricState.INSUFFICIENT_DATA, "no assessments are recorded")
    ratings = sorted(_RATINGS.index(assessment.rating) for assessment in facts.assessments)
    low, high = ratings[(len(ratings) - 1) // 2], ratings[len(ratings) // 2]
    counts = Counter(ratings)
    said = ", ".join(f"{counts[at]} {_RATINGS[at].name}" for at in sorted(counts, reverse=True))
    return Result(
        MetricState.FRESH,
        f"the median of {len(ratings)} ratings ({said}) is {_words(low, high)}",
        _median(low, high),
        slices=tuple(
            Slice(_RATINGS[at].name, _word(at), counts[at], exact_share(counts[at], len(ratings)))
            for at in sorted(counts, reverse=True)
        ),
        warnings=tuple(_undated(facts.assessments)),
        inputs=tuple(
            Input(one.dimension, Reference("Assessment", one.id), None, f"its rating is {one.rating.name}")
            for one in facts.assessments
        ),
    )


def _median(low: int, high: int) -> Quantity:
    lower, upper = Decimal(low + 1), Decimal(high + 1)
    median = Interval(lower if low == high else None, lower, upper)
    comparator = Comparator.EXACT if low == high else Comparator.BETWEEN
    return Quantity(*median, "rating", None, comparator, BoundsBasis.ASSERTED, _words(low, high), None)


def _words(low: int, high: int) -> str:
    return _word(low) if low == high else f"{_word(low)} to {_word(high)}"


def _word(rating: int) -> str:
    return _RATINGS[rating].name.replace("_", " ").capitalize()


def _undated(assessments: Sequence[Assessment]) -> list[Warning]:
    without = [Reference("Assessment", one.id) for one in assessments if one.assessed_during is None]
    message = f"{len(without)} of {len(assessments)} assessments {'has' if len(without) == 1 else 'have'} no date."
    return [Warning("UNDATED_INPUT", message, tuple(without))] if without else []


ASSESSMENT_PROFILE: Final = Metric(
    key="assessment_profile",
    title="Median assessment",
    description=(
        "The median of the organization's ratings in all dimensions, from 1 for VERY_LOW to 5 for VERY_HIGH. The"
        " slices count each rating. Ratings have an order but no distances, so the metric does not average them. With"
        " an even number of ratings, the median may lie between two of them."
    ),
    formula="median of the ratings of all assessments",
    unit="rating",
    version=1,
    reads=(ASSESSMENTS,),
    compute=compute,
)
