"""Stores the conflicts that workers find, with a fixed number of statements for a batch."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, insert, select

from db.connections.sessions import WriteSession
from db.models import (
    ClaimConflict,
    claim_conflict_claim,
)
from db.models.claim import SUBJECTS, find_subject
from db.sql.bulk import update_rows
from db.sql.ids import among, among_given
from db.sql.prepared import Prepared
from db.values.results import Conflict

# The session holds no ORM objects that would need these writes.
_PLAIN: Final = {"synchronize_session": False}


async def store_conflicts(session: WriteSession, found: Mapping[int, Sequence[Conflict]]) -> None:
    """Each organization has exactly these conflicts. A conflict that stays the same keeps its row and id."""
    wanted = {
        (organization_id, str(conflict.subject), conflict.property.id): conflict
        for organization_id, conflicts in found.items()
        for conflict in conflicts
    }
    known = await _known(session, found)
    gone = [row["id"] for key, row in known.items() if key not in wanted]
    if gone:
        await session.execute(delete(ClaimConflict).where(among(ClaimConflict.id, gone)), execution_options=_PLAIN)
    changed = {key: conflict for key, conflict in wanted.items() if key in known and not _same(known[key], conflict)}
    new = {key: conflict for key, conflict in wanted.items() if key not in known}
    ids = {key: known[key]["id"] for key in changed}
    await _update(session, {ids[key]: conflict for key, conflict in changed.items()})
    ids |= await _insert(session, new)
    await _join(session, {ids[key]: conflict for key, conflict in (changed | new).items()})


_Key = tuple[int, str, int]
_CONFLICT: Final[Any] = ClaimConflict.__table__
_CONFLICTS: Final = Prepared(
    select(_CONFLICT, claim_conflict_claim.c.claim_id)
    .outerjoin(claim_conflict_claim, claim_conflict_claim.c.conflict_id == _CONFLICT.c.id)
    .where(among_given(_CONFLICT.c.organization_id, "organization_ids"))
)


async def _known(session: WriteSession, organization_ids: Mapping[int, Any]) -> dict[_Key, dict[str, Any]]:
    known: dict[_Key, dict[str, Any]] = {}
    for row in await _CONFLICTS.run(session, {"organization_ids": list(organization_ids)}):
        columns = row._asdict()
        entry = known.setdefault(_key(columns), {**columns, "claims": set[int]()})
        entry["claims"].add(row.claim_id)
    return known


def _key(row: Mapping[Any, Any]) -> _Key:
    subject = find_subject(row[column] for column in SUBJECTS.values())
    return row["organization_id"], str(subject), row["property_id"]


def _same(row: Mapping[str, Any], conflict: Conflict) -> bool:
    judged = {name: row[name] for name in ("chosen_id", "compatible", "explanation")}
    return judged == _judgement(conflict) and row["claims"] == {claim.id for claim in conflict.claims}


def _judgement(conflict: Conflict) -> dict[str, Any]:
    return {
        "chosen_id": conflict.chosen.id if conflict.chosen else None,
        "compatible": conflict.compatible,
        "explanation": conflict.explanation,
    }


async def _update(session: WriteSession, conflicts: Mapping[int, Conflict]) -> None:
    rows = [{"known_id": id, **_judgement(conflict)} for id, conflict in conflicts.items()]
    await update_rows(session, ClaimConflict.__table__, rows)


async def _insert(session: WriteSession, conflicts: Mapping[_Key, Conflict]) -> dict[_Key, int]:
    if not conflicts:
        return {}
    table: Any = ClaimConflict.__table__
    rows = [
        {
            **dict.fromkeys(SUBJECTS.values()),
            SUBJECTS[conflict.subject.type_name]: conflict.subject.id,
            "organization_id": organization_id,
            "property_id": property_id,
            **_judgement(conflict),
        }
        for (organization_id, _, property_id), conflict in conflicts.items()
    ]
    stored = await session.execute(insert(table).returning(table), rows)
    return {_key(row): row["id"] for row in stored.mappings()}


async def _join(session: WriteSession, conflicts: Mapping[int, Conflict]) -> None:
    """Each claim is only in its own conflict. A moved claim may still be in the conflict of its old subject."""
    if not conflicts:
        return
    member = claim_conflict_claim.c
    rows = [
        {"conflict_id": id, "claim_id": claim.id} for id, conflict in conflicts.items() for claim in conflict.claims
    ]
    claims = [row["claim_id"] for row in rows]
    await session.execute(
        delete(claim_conflict_claim).where(among(member.conflict_id, conflicts) | among(member.claim_id, claims))
    )
    await session.execute(insert(claim_conflict_claim), rows)
