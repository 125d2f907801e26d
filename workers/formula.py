"""Running formulas, any of which may raise."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from db.values.results import Definition, Result
from workers.metrics.metric import failed

log = structlog.get_logger(__name__)

Given = TypeVar("Given")


def applied(metric: Definition, formula: Callable[[Given], Result], given: Given, about: object) -> Result:
    """The formula's result; FAILED if it raises, because one faulty metric must not stop the others."""
    try:
        return formula(given)
    except Exception as error:
        log.exception("formula failed", metric=metric.key, about=str(about))
        return failed(error)
