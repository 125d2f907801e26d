"""Applying formulas, any of which may raise."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from db.values.results import Definition, Result
from workers.metrics.metric import failed

log = structlog.get_logger(__name__)

Given = TypeVar("Given")


def applied(metric: Definition, formula: Callable[[Given], Result], given: Given, about: object) -> Result:
    """What the formula gives, or FAILED where it raises: one metric's fault must not cost the others."""
    try:
        return formula(given)
    except Exception as error:
        log.exception("a formula failed", metric=metric.key, about=str(about))
        return failed(error)
