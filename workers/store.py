"""Writing what was derived, again with a fixed number of statements for a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from db.models import ClaimConflict, MetricInput, MetricSlice, MetricValue, MetricWarning, claim_conflict_claim
from db.quantity import Quantity
from db.session import WriteSession
from db.upsert import upsert
from workers.conflicts import Conflict
from workers.metrics.facts import Facts, Node
from workers.metrics.metric import Input, Metric, Result

_PARTS: Final = (MetricSlice, MetricWarning, MetricInput)
_QUANTITY: Final = tuple(field.name for field in fields(Quantity))
_SUBJECTS: Final = {type: f"subject_{type.lower()}_id" for type in ("Organization", "Workstream", "Output", "Post")}
# What is written never has to be found again in the session's memory.
_PLAIN: Final = {"synchronize_session": False}


@dataclass(frozen=True)
class Computed:
    facts: Facts
    metric: Metric
    result: Result


async def store_values(session: WriteSession, computed: Sequence[Computed], definitions: Mapping[str, int]) -> None:
    """Each value and all that explains it stand in place of what was computed before; a value keeps its id."""
    if not computed:
        return
    now = datetime.now(UTC)
    rows = [_value(one, definitions[one.metric.key], now) for one in computed]
    statement = upsert(session, MetricValue, "subject_id", "definition_id", where=MetricValue.peer_id.is_(None))
    stored = await session.execute(
        statement.returning(MetricValue.subject_id, MetricValue.definition_id, MetricValue.id), rows
    )
    ids = {(subject_id, definition_id): id for subject_id, definition_id, id in stored}
    numbered = [(ids[one.facts.organization.id, definitions[one.metric.key]], one.result) for one in computed]
    for part, of in zip(_PARTS, (_slices, _warnings, _inputs), strict=True):
        await session.execute(delete(part).where(part.metric_value_id.in_(ids.values())), execution_options=_PLAIN)
        if parts := [row for id, result in numbered for row in of(id, result)]:
            await session.execute(insert(part.__table__), parts)  # pyright: ignore[reportArgumentType]


async def delete_values(session: WriteSession, organization_ids: Sequence[int]) -> None:
    """These organizations have no metrics."""
    if organization_ids:
        values = delete(MetricValue).where(MetricValue.subject_id.in_(organization_ids))
        await session.execute(values, execution_options=_PLAIN)


async def store_conflicts(session: WriteSession, found: Mapping[int, Sequence[Conflict]]) -> None:
    """Each organization has these conflicts and no others; what was known already is left untouched, with its id."""
    wanted = {
        (organization_id, str(conflict.subject), conflict.predicate.id): conflict
        for organization_id, conflicts in found.items()
        for conflict in conflicts
    }
    known = await _known(session, found)
    gone = [row["id"] for key, row in known.items() if key not in wanted]
    if gone:
        await session.execute(delete(ClaimConflict).where(ClaimConflict.id.in_(gone)), execution_options=_PLAIN)
    changed = {key: conflict for key, conflict in wanted.items() if key in known and not _same(known[key], conflict)}
    new = {key: conflict for key, conflict in wanted.items() if key not in known}
    ids = {key: known[key]["id"] for key in changed}
    await _update(session, {ids[key]: conflict for key, conflict in changed.items()})
    ids |= await _insert(session, new)
    await _join(session, {ids[key]: conflict for key, conflict in (changed | new).items()})


_Key = tuple[int, str, int]


async def _known(session: WriteSession, organization_ids: Mapping[int, Any]) -> dict[_Key, dict[str, Any]]:
    conflict: Any = ClaimConflict.__table__
    rows = await session.execute(
        select(conflict, claim_conflict_claim.c.claim_id)
        .outerjoin(claim_conflict_claim, claim_conflict_claim.c.conflict_id == conflict.c.id)
        .where(conflict.c.organization_id.in_(organization_ids))
    )
    known: dict[_Key, dict[str, Any]] = {}
    for row in rows.mappings():
        entry = known.setdefault(_key(row), {**row, "claims": set[int]()})
        entry["claims"].add(row["claim_id"])
    return known


def _key(row: Mapping[Any, Any]) -> _Key:
    subject = next((Node(type, row[column]) for type, column in _SUBJECTS.items() if row[column] is not None), None)
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
    if conflicts:
        table: Any = ClaimConflict.__table__
        rows = [{"known_id": id, **_judgement(conflict)} for id, conflict in conflicts.items()]
        connection = await session.connection()
        await connection.execute(update(table).where(table.c.id == bindparam("known_id")), rows)


async def _insert(session: WriteSession, conflicts: Mapping[_Key, Conflict]) -> dict[_Key, int]:
    if not conflicts:
        return {}
    table: Any = ClaimConflict.__table__
    rows = [
        {
            **dict.fromkeys(_SUBJECTS.values()),
            _SUBJECTS[conflict.subject.type]: conflict.subject.id,
            "organization_id": organization_id,
            "property_id": property_id,
            **_judgement(conflict),
        }
        for (organization_id, _, property_id), conflict in conflicts.items()
    ]
    stored = await session.execute(insert(table).returning(table), rows)
    return {_key(row): row["id"] for row in stored.mappings()}


async def _join(session: WriteSession, conflicts: Mapping[int, Conflict]) -> None:
    """Each conflict has its claims, which belong to no other: a moved claim may still be in that of its old subject."""
    if not conflicts:
        return
    member = claim_conflict_claim.c
    rows = [
        {"conflict_id": id, "claim_id": claim.id} for id, conflict in conflicts.items() for claim in conflict.claims
    ]
    claims = [row["claim_id"] for row in rows]
    await session.execute(
        delete(claim_conflict_claim).where(member.conflict_id.in_(conflicts) | member.claim_id.in_(claims))
    )
    await session.execute(insert(claim_conflict_claim), rows)


def _value(one: Computed, definition_id: int, now: datetime) -> dict[str, Any]:
    return {
        "definition_id": definition_id,
        "subject_id": one.facts.organization.id,
        "peer_id": None,
        "outcome": one.result.outcome,
        **_quantity("value", one.result.value),
        "formula": one.metric.formula,
        "substitution": one.result.substitution,
        "computed_at": now,
        "computed_from_change": one.facts.newest_change,
    }


def _slices(value_id: int, result: Result) -> list[dict[str, Any]]:
    return [
        {
            "metric_value_id": value_id,
            "key": slice.key,
            "label": slice.label,
            "count": slice.count,
            **_quantity("share", slice.share),
        }
        for slice in result.slices
    ]


def _warnings(value_id: int, result: Result) -> list[dict[str, Any]]:
    return [
        {
            "metric_value_id": value_id,
            "code": warning.code,
            "message": warning.message,
            "inputs": [str(node) for node in warning.about],
        }
        for warning in result.warnings
    ]


def _inputs(value_id: int, result: Result) -> list[dict[str, Any]]:
    return [
        {
            "metric_value_id": value_id,
            "name": input.name,
            "excluded": input.excluded,
            "reason": input.reason,
            **_quantity("used", input.used),
            **_reference(input),
        }
        for input in result.inputs
    ]


def _reference(input: Input) -> dict[str, int | None]:
    return {
        "claim_id": input.node.id if input.node.type == "Claim" else None,
        "partnership_id": input.node.id if input.node.type == "Partnership" else None,
    }


def _quantity(name: str, quantity: Quantity | None) -> dict[str, Any]:
    values = quantity.__composite_values__() if quantity else (None,) * len(_QUANTITY)
    return {f"{name}_{field}": value for field, value in zip(_QUANTITY, values, strict=True)}
