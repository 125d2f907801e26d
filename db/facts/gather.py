"""Gathers the facts that formulas need, with a fixed number of statements for a batch of any size."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Final

from sqlalchemy import (
    func,
    select,
)

from db.connections.sessions import ReadSession
from db.facts.claims import CLAIMS, claims_by_owner
from db.facts.labs import LABS
from db.facts.opinions import ASSESSMENTS, POSITIONS
from db.facts.partners import HISTORY, PARTNERS
from db.facts.posts import POSTS
from db.facts.reading import Reader, is_asked, parameters
from db.facts.workstreams import WORKSTREAMS
from db.models import (
    Change,
    Organization,
)
from db.sql import clock
from db.sql.prepared import Prepared, run_all
from db.values.facts import Facts
from db.values.reads import Read, fields_of
from db.values.reference import Reference

# For each field of `Facts` that is only read if a metric asks for it, its reader.
_READERS: Final[Mapping[str, Reader]] = {
    "partners": PARTNERS,
    "partnerships": HISTORY,
    "workstreams": WORKSTREAMS,
    "posts": POSTS,
    "assessments": ASSESSMENTS,
    "positions": POSITIONS,
    "labs": LABS,
}

_ORGANIZATIONS: Final = Prepared(
    select(
        Organization.id,
        Organization.is_convener,
        select(func.max(Change.id)).where(Change.organization_id == Organization.id).scalar_subquery(),
        # Not the day on which the transaction began: since then it may have deleted a mark of the next nightly run.
        clock.today(),
    )
    .where(is_asked(Organization.id))
    .order_by(Organization.id)
)


async def gather(
    session: ReadSession,
    organization_ids: Sequence[int],
    reads: Iterable[Read],
    today: date | None = None,
) -> list[Facts]:
    """The facts of the organizations that exist, ordered by id.

    Claims are always read, other tables only if `reads` names them. `today` defaults to the database's day in UTC.
    """
    organizations = await _ORGANIZATIONS.run(session, {"organization_ids": list(organization_ids)})
    if not organizations:
        return []
    day: date = today or organizations[0][3]
    asked = parameters(organization_ids, day)
    declared = fields_of(reads)
    readers = [reader for name, reader in _READERS.items() if name in declared]
    found = iter(await run_all(session, [CLAIMS, *(one for reader in readers for one in reader.statements)], asked))
    claims = claims_by_owner(next(found))
    gathered = [reader.fields(*islice(found, len(reader.statements))) for reader in readers]
    fields = {id: {name: of for part in gathered for name, of in part.get(id, {}).items()} for id, *_ in organizations}
    return [
        Facts(
            Reference("Organization", id),
            is_convener,
            claims.get(id, ()),
            newest_change=change,
            today=day,
            **fields[id],
        )
        for id, is_convener, change, _ in organizations
    ]
