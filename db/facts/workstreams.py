"""Workstreams with their outputs and current participants."""

from typing import Any, Final

from sqlalchemy import (
    distinct,
    func,
    select,
)

from db.facts.reading import TODAY, Fields, Reader, Rows, is_asked
from db.models import (
    Organization,
    Output,
    Participation,
    Partnership,
    Workstream,
)
from db.sql.periods import has_not_ended
from db.sql.prepared import Prepared
from db.values import facts
from db.values.vocabulary import Sector

_WORKSTREAMS: Final = Prepared(
    select(
        Workstream.convener_id,
        Workstream.id,
        Workstream.name,
        select(func.count()).where(Output.workstream_id == Workstream.id).scalar_subquery(),
    )
    .where(is_asked(Workstream.convener_id))
    .order_by(Workstream.id)
)
_PARTICIPANTS: Final = Prepared(
    select(Participation.workstream_id, Organization.sector, func.count(distinct(Partnership.partner_id)))
    .join(Workstream, Workstream.id == Participation.workstream_id)
    .join(Partnership, Partnership.id == Participation.partnership_id)
    .join(Organization, Organization.id == Partnership.partner_id)
    .where(
        is_asked(Workstream.convener_id),
        *(has_not_ended(one.__table__.c, TODAY) for one in (Participation, Partnership)),
    )
    .group_by(Participation.workstream_id, Organization.sector)
)


def _workstreams(rows: Rows, participations: Rows) -> Fields:
    """Each organization's workstreams, with the number of outputs and the current participants by sector."""
    participants: dict[int, dict[Sector, int]] = {}
    for workstream_id, sector, count in participations:
        participants.setdefault(workstream_id, {})[sector] = count
    found: dict[int, dict[str, Any]] = {}
    for convener_id, id, name, count in rows:
        of = found.setdefault(convener_id, {"workstreams": []})["workstreams"]
        of.append(facts.Workstream(id, name, participants.get(id, {}), count))
    return found


WORKSTREAMS: Final = Reader(_workstreams, [_WORKSTREAMS, _PARTICIPANTS])
