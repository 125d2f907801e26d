"""Posts, with the tenures of executive ones."""

from typing import Any, Final

from sqlalchemy import (
    and_,
    select,
)

from db.facts.reading import DATE_PARTS, Fields, Reader, Rows, is_asked, partial_date
from db.models import (
    Post,
    Tenure,
)
from db.sql.prepared import Prepared
from db.values import facts
from db.values.quantity import PARTS, Quantity
from db.values.vocabulary import PostBody

_POST: Final[Any] = Post.__table__.c
_TENURE: Final[Any] = Tenure.__table__.c
_POSTS: Final = Prepared(
    select(
        _POST.organization_id,
        _POST.id,
        _POST.body,
        _POST.label,
        _POST.constituency,
        *(_POST[f"seats_{name}"] for name in PARTS),
        _TENURE.id.label("tenure_id"),
        *(_TENURE[f"{side}_{name}"] for side in ("start", "end") for name in DATE_PARTS),
    )
    .select_from(Post)
    .outerjoin(Tenure, and_(_TENURE.post_id == _POST.id, _POST.body == PostBody.EXECUTIVE))
    .where(is_asked(_POST.organization_id))
    .order_by(_POST.id, _TENURE.id)
)


def _posts(rows: Rows) -> Fields:
    """Each organization's posts, with tenures for executive posts."""
    found: dict[int, dict[str, Any]] = {}
    holders: dict[int, list[facts.Tenure]] = {}
    for row in rows:
        if row.id not in holders:
            holders[row.id] = []
            seats = None if row.seats_unit is None else Quantity(*row[5 : 5 + len(PARTS)])
            post = facts.Post(row.id, row.body, row.label, row.constituency, seats, holders[row.id])
            found.setdefault(row.organization_id, {"posts": []})["posts"].append(post)
        if row.tenure_id is not None:
            start = partial_date(row.start_edtf, row.start_earliest, row.start_latest)
            end = partial_date(row.end_edtf, row.end_earliest, row.end_latest)
            holders[row.id].append(facts.Tenure(row.tenure_id, start, end))
    return found


POSTS: Final = Reader(_posts, [_POSTS])
