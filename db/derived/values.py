"""Stores metric values with the rows that explain them, with a fixed number of statements for a batch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2s
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import bindparam, delete, or_, select, update

from db.connections.sessions import WriteSession
from db.models import (
    MetricAlternative,
    MetricInput,
    MetricRevision,
    MetricSlice,
    MetricValue,
    MetricWarning,
)
from db.models.citation import CITABLE
from db.sql import clock
from db.sql.bulk import insert_rows, update_rows
from db.sql.ids import among, among_given
from db.sql.prepared import Prepared, run_all
from db.values.quantity import PARTS, Quantity
from db.values.reference import Reference
from db.values.results import Definition, Result

_VALUE: Final[Any] = MetricValue.__table__.c
_COLUMNS: Final = {name: tuple(f"{name}_{part}" for part in PARTS) for name in ("value", "share", "used")}
_NOTHING: Final = (None,) * len(PARTS)
# The session holds no ORM objects that would need these writes.
_PLAIN: Final = {"synchronize_session": False}


Row = tuple[Any, ...]

# A value's subject, definition and, if it compares two organizations, peer.
Key = tuple[int, int, int | None]


class Computed(NamedTuple):
    """A result for an organization, or for its comparison with `peer_id`. `newest_change` is the newest it includes."""

    subject_id: int
    metric: Definition
    result: Result
    newest_change: int | None
    peer_id: int | None = None


class Known(NamedTuple):
    """The stored part of a value that decides whether it must be written again."""

    id: int
    digest: str | None
    value_digest: str | None
    computed_from_change: int | None


_KNOWN: Final = select(
    _VALUE.subject_id, _VALUE.definition_id, _VALUE.peer_id, *(_VALUE[name] for name in Known._fields)
)
_SUBJECT, _PEER = (among_given(column, "organization_ids") for column in (_VALUE.subject_id, _VALUE.peer_id))
# The values of single organizations, and those that compare two.
_ALONE: Final = Prepared(_KNOWN.where(_SUBJECT, _VALUE.peer_id.is_(None)))
_PAIRS: Final = Prepared(_KNOWN.where(or_(_SUBJECT, _PEER), _VALUE.peer_id.is_not(None)))
_NOW: Final = Prepared(select(clock.now()))
_STILL: Final = Prepared(update(MetricValue).where(among_given(_VALUE.id, "ids")).values(computed_at=bindparam("now")))


async def store_values(session: WriteSession, computed: Sequence[Computed], definitions: Mapping[str, int]) -> None:
    """Replace each value, and the rows that explain it, with the new result. A value keeps its id.

    If nothing differs, only `computed_at` is updated. If the value differs, its history gets a new revision.
    """
    if computed:
        await _store(session, computed, definitions, _ALONE, {one.subject_id for one in computed})


async def store_pairs(
    session: WriteSession, organization_ids: Iterable[int], computed: Sequence[Computed], definitions: Mapping[str, int]
) -> None:
    """Exactly the `computed` comparisons exist for these organizations, on either side. Call `lock_pairs` first."""
    known = await _store(session, computed, definitions, _PAIRS, organization_ids)
    kept = {(one.subject_id, definitions[one.metric.key], one.peer_id) for one in computed}
    if gone := [value.id for key, value in known.items() if key not in kept]:
        await session.execute(delete(MetricValue).where(among(MetricValue.id, gone)), execution_options=_PLAIN)


async def _store(
    session: WriteSession,
    computed: Sequence[Computed],
    definitions: Mapping[str, int],
    values: Prepared,
    organization_ids: Iterable[int],
) -> dict[Key, Known]:
    """Store the computed values; return all the values of this kind that the organizations had before."""
    asked = {"organization_ids": list(organization_ids)}
    # The database's clock, because clients that reconnect ask for the revisions of all processes by time.
    rows, ((now,),) = await run_all(session, [values, _NOW], asked)
    known = _by_key(rows)
    drafts = [_draft(one, definitions[one.metric.key], known) for one in computed]
    await _confirm(session, [draft for draft in drafts if draft.is_known], now)
    await _replace(session, [draft for draft in drafts if not draft.is_known], now, values, asked)
    return known


def _by_key(rows: Iterable[Any]) -> dict[Key, Known]:
    return {(subject_id, definition_id, peer_id): Known(*rest) for subject_id, definition_id, peer_id, *rest in rows}


class Draft(NamedTuple):
    """A value to store, with its stored predecessor."""

    computed: Computed
    definition_id: int
    digest: str
    value_digest: str
    known: Known | None

    @property
    def key(self) -> Key:
        return self.computed.subject_id, self.definition_id, self.computed.peer_id

    @property
    def is_same_value(self) -> bool:
        return self.known is not None and self.known.value_digest == self.value_digest

    @property
    def is_known(self) -> bool:
        return self.is_same_value and self.known is not None and self.known.digest == self.digest

    @property
    def cause(self) -> int | None:
        """The newest change of the organization, if the stored value does not include it yet."""
        change = self.computed.newest_change
        return change if (change or 0) > (self.known_change or 0) else None

    @property
    def known_change(self) -> int | None:
        return self.known.computed_from_change if self.known else None


def _draft(one: Computed, definition_id: int, known: Mapping[Key, Known]) -> Draft:
    result = one.result
    value = _bytes([result.state, result.value, result.slices])
    others = [(other.claim.id, *_said(other.result)) for other in result.alternatives]
    rest = _bytes([one.metric.formula, result.substitution, result.warnings, result.inputs, others])
    stored = known.get((one.subject_id, definition_id, one.peer_id))
    return Draft(one, definition_id, _digest(rest), _digest(value), stored)


def _said(result: Result) -> tuple[object, ...]:
    return result.state, result.value, result.substitution


def _bytes(content: object) -> bytes:
    return orjson.dumps(content, default=str)


def _digest(content: bytes) -> str:
    return blake2s(content, digest_size=16).hexdigest()


async def _confirm(session: WriteSession, drafts: Sequence[Draft], now: datetime) -> None:
    """Note that the values were computed again without a difference."""
    if ids := [draft.known.id for draft in drafts if draft.known and draft.cause is None]:
        await _STILL.run(session, {"ids": ids, "now": now})
    changed = [
        {"known_id": draft.known.id, "computed_from_change": draft.cause, "computed_at": now}
        for draft in drafts
        if draft.known and draft.cause is not None
    ]
    await update_rows(session, MetricValue.__table__, changed)


async def _replace(
    session: WriteSession, drafts: Sequence[Draft], now: datetime, values: Prepared, asked: Mapping[str, Any]
) -> None:
    if not drafts:
        return
    table: Any = MetricValue.__table__
    rows = [(draft, _value(draft, now)) for draft in drafts]
    changed = [{"known_id": draft.known.id, **dict(zip(_ROW, row, strict=True))} for draft, row in rows if draft.known]
    await update_rows(session, table, changed)
    new = [row for draft, row in rows if draft.known is None]
    await insert_rows(session, table, _ROW, new)
    known = _by_key(await values.run(session, asked)) if new else {}
    numbered = [((draft.known or known[draft.key]).id, draft) for draft in drafts]
    await _replace_parts(session, numbered)
    revisions = [_revision(id, draft, now) for id, draft in numbered if not draft.is_same_value]
    await insert_rows(session, MetricRevision.__table__, _REVISION, revisions)


async def _replace_parts(session: WriteSession, numbered: Sequence[tuple[int, Draft]]) -> None:
    if old := [draft.known.id for _, draft in numbered if draft.known]:
        await run_all(session, [part.removal for part in _PARTS], {"value_ids": old})
    for part in _PARTS:
        rows = [row for id, draft in numbered for row in part.rows(id, draft.computed.result)]
        await insert_rows(session, part.table, part.columns, rows)


async def delete_values(session: WriteSession, organization_ids: Sequence[int]) -> None:
    """Delete the organizations' metrics, except those that compare them with others."""
    if organization_ids:
        values = delete(MetricValue).where(among(MetricValue.subject_id, organization_ids), _VALUE.peer_id.is_(None))
        await session.execute(values, execution_options=_PLAIN)


_ROW: Final = (
    "definition_id",
    "subject_id",
    "peer_id",
    "computed_state",
    *_COLUMNS["value"],
    "formula",
    "substitution",
    "computed_at",
    "computed_from_change",
    "value_digest",
    "digest",
)


def _value(draft: Draft, now: datetime) -> Row:
    one = draft.computed
    return (
        draft.definition_id,
        one.subject_id,
        one.peer_id,
        one.result.state,
        *_parts(one.result.value),
        one.metric.formula,
        one.result.substitution,
        now,
        draft.cause or draft.known_change,
        draft.value_digest,
        draft.digest,
    )


_REVISION: Final = ("metric_value_id", "state", *_COLUMNS["value"], "substitution", "computed_at", "cause_id")


def _revision(value_id: int, draft: Draft, now: datetime) -> Row:
    result = draft.computed.result
    return value_id, result.state, *_parts(result.value), result.substitution, now, draft.cause


_SLICE: Final = ("metric_value_id", "key", "label", "count", *_COLUMNS["share"])


def _slices(value_id: int, result: Result) -> list[Row]:
    return [(value_id, slice.key, slice.label, slice.count, *_parts(slice.share)) for slice in result.slices]


_WARNING: Final = ("metric_value_id", "code", "message", "inputs")


def _warnings(value_id: int, result: Result) -> list[Row]:
    return [
        (value_id, warning.code, warning.message, [str(node) for node in warning.about]) for warning in result.warnings
    ]


_INPUT: Final = ("metric_value_id", "name", "excluded", "reason", *_COLUMNS["used"], *CITABLE.values())


def _inputs(value_id: int, result: Result) -> list[Row]:
    return [
        (value_id, input.name, input.excluded, input.reason, *_parts(input.used), *_reference(input.node))
        for input in result.inputs
    ]


def _reference(node: Reference) -> Iterator[int | None]:
    return (node.id if node.type_name == type else None for type in CITABLE)


_ALTERNATIVE: Final = ("metric_value_id", "claim_id", "state", *_COLUMNS["value"], "substitution")


def _alternatives(value_id: int, result: Result) -> list[Row]:
    return [
        (value_id, claim.id, other.state, *_parts(other.value), other.substitution)
        for claim, other in result.alternatives
    ]


def _parts(quantity: Quantity | None) -> Row:
    return quantity.__composite_values__() if quantity else _NOTHING


class Part:
    """A table of rows that explain a value: its columns, and the function that makes the rows of a result."""

    def __init__(self, model: Any, columns: Sequence[str], rows: Callable[[int, Result], list[Row]]) -> None:
        self.table = model.__table__
        self.columns = columns
        self.rows = rows
        self.removal = Prepared(delete(self.table).where(among_given(self.table.c.metric_value_id, "value_ids")))


_PARTS: Final = (
    Part(MetricSlice, _SLICE, _slices),
    Part(MetricWarning, _WARNING, _warnings),
    Part(MetricInput, _INPUT, _inputs),
    Part(MetricAlternative, _ALTERNATIVE, _alternatives),
)
