"""Assessments of an organization, and positions on its issues."""

from typing import Any, Final

from sqlalchemy import (
    select,
)

from db.facts.reading import DATE_PARTS, Fields, Reader, Rows, is_asked, partial_date
from db.models import (
    Assessment,
    Issue,
    Position,
)
from db.sql.prepared import Prepared
from db.values import facts

_ASSESSMENT: Final[Any] = Assessment.__table__.c
_ASSESSMENTS: Final = Prepared(
    select(
        _ASSESSMENT.subject_id,
        _ASSESSMENT.id,
        _ASSESSMENT.dimension,
        _ASSESSMENT.rating,
        *(_ASSESSMENT[f"assessed_during_{name}"] for name in DATE_PARTS),
    )
    .where(is_asked(_ASSESSMENT.subject_id))
    .order_by(_ASSESSMENT.id)
)


def _assessments(rows: Rows) -> Fields:
    found: dict[int, dict[str, Any]] = {}
    for subject_id, id, dimension, rating, *date_of in rows:
        of = found.setdefault(subject_id, {"assessments": []})["assessments"]
        of.append(facts.Assessment(id, dimension, rating, partial_date(*date_of)))
    return found


_POSITIONS: Final = Prepared(
    select(Issue.organization_id, Position.id, Position.stance)
    .join(Issue, Issue.id == Position.issue_id)
    .where(is_asked(Issue.organization_id))
    .order_by(Position.id)
)


def _positions(rows: Rows) -> Fields:
    found: dict[int, dict[str, Any]] = {}
    for organization_id, id, stance in rows:
        found.setdefault(organization_id, {"positions": []})["positions"].append(facts.Position(id, stance))
    return found


ASSESSMENTS: Final = Reader(_assessments, [_ASSESSMENTS])
POSITIONS: Final = Reader(_positions, [_POSITIONS])
