"""Partnerships: who is whose partner, as what, and from when to when."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select

from db.commands.audit import Author, record, snapshot
from db.commands.citation import Quote, cite
from db.commands.lock import lock
from db.connections.sessions import WriteSession
from db.errors import Duplicate, Invalid, NotFound
from db.models import Change, Organization, Partnership
from db.values.partial_date import PartialDate, has_not_ended
from db.values.text import storable
from db.values.vocabulary import Operation

# The fields that can be given, in GraphQL's names.
_NAMES: Final = {
    "convener_id": "convener",
    "partner_id": "partner",
    "role": "role",
    "start": "start",
    "end": "end",
    "name_at_time": "nameAtTime",
}
_REQUIRED: Final = ("convener_id", "partner_id", "role")
_PARTNER: Final = ("input", "partner")


async def save_partnership(
    session: WriteSession,
    author: Author,
    *,
    id: int | None,
    fields: Mapping[str, Any],
    expected_version: int | None = None,
    quotes: Sequence[Quote] = (),
) -> Change:
    """The partnership has the fields that are given and keeps the others; without `id` there is a new one.

    `fields` may have `convener_id`, `partner_id`, `role`, `name_at_time`, and `start` and `end` as EDTF; None clears.
    A new one needs convener and partner; it keeps the partner's sector of today. `quotes` are cited beside those that
    are. Raises `Invalid`, `NotFound`, `VersionConflict`, or `Duplicate` where the two have a current partnership.
    """
    values = _values(fields)
    if id is None:
        partnership, before = _new(values, expected_version), None
    else:
        partnership = await lock(session, Partnership, id, ("input", "id"), expected_version)
        before = snapshot(partnership)
    await _check_parties(session, partnership, values)
    _check_dates(partnership, values)
    for name, value in values.items():
        setattr(partnership, name, value)
    session.add(partnership)
    await session.flush()
    await cite(session, partnership, quotes)
    operation = Operation.UPDATE if before else Operation.CREATE
    change = record(session, author, operation, partnership, partnership.convener_id, before, snapshot(partnership))
    await session.flush()
    return change


def _values(fields: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := fields.keys() - _NAMES.keys():
        raise TypeError(f"a partnership's fields are {', '.join(_NAMES)}, got {', '.join(sorted(unknown))}")
    for name in _REQUIRED:
        if name in fields and fields[name] is None:
            field = _NAMES[name]
            raise Invalid(f"{field} can't be cleared, got null: leave it out to keep it", ("input", field))
    values = dict(fields)
    for name in fields.keys() & {"start", "end"}:
        values[name] = _partial_date(fields[name], name)
    if "name_at_time" in fields:
        storable(fields["name_at_time"], "input", "nameAtTime")
    return values


def _partial_date(edtf: str | None, name: str) -> PartialDate | None:
    try:
        return None if edtf is None else PartialDate.of(edtf)
    except ValueError as error:
        raise Invalid(str(error), ("input", name)) from error


def _new(values: Mapping[str, Any], expected_version: int | None) -> Partnership:
    if expected_version is not None:
        raise Invalid(
            f"expectedVersion must be left out without an id, got {expected_version}", ("write", "expectedVersion")
        )
    for name in ("convener_id", "partner_id"):
        if name not in values:
            raise Invalid(f"a new partnership needs {_NAMES[name]!r}, got none", ("input", _NAMES[name]))
    return Partnership()


async def _check_parties(session: WriteSession, partnership: Partnership, values: dict[str, Any]) -> None:
    """Convener and partner may be partners, and have no other current partnership; a new partner brings its sector."""
    if not values.keys() & {"convener_id", "partner_id", "end"}:
        return
    # Held, so that of two who make the same partnership at once the second finds the first one's.
    convener = await lock(
        session, Organization, values.get("convener_id", partnership.convener_id), ("input", "convener")
    )
    partner_id = values.get("partner_id", partnership.partner_id)
    partner = await session.get(Organization, partner_id)
    if partner is None:
        raise NotFound("Organization", partner_id, ("input", "partner"))
    if partner is convener:
        raise Invalid(f"partner must be another organization than convener, got {partner.name} twice", _PARTNER)
    if not convener.is_convener and convener.id != partnership.convener_id:
        raise Invalid(f"convener must be an organization that convenes, got {convener.name}", ("input", "convener"))
    if partner.id != partnership.partner_id:
        values["sector_at_time"] = partner.sector
    if has_not_ended(values.get("end", partnership.end), datetime.now(UTC).date()):
        await _check_alone(session, partnership, convener, partner)


async def _check_alone(
    session: WriteSession, partnership: Partnership, convener: Organization, partner: Organization
) -> None:
    others = select(Partnership.id).where(
        Partnership.convener_id == convener.id,
        Partnership.partner_id == partner.id,
        Partnership.is_current,
        Partnership.id.is_distinct_from(partnership.id),
    )
    if (other := await session.scalar(others.limit(1))) is not None:
        raise Duplicate(f"{partner.name} is a partner of {convener.name} already", "Partnership", other, _PARTNER)


def _check_dates(partnership: Partnership, values: Mapping[str, Any]) -> None:
    start: PartialDate | None = values.get("start", partnership.start)
    end: PartialDate | None = values.get("end", partnership.end)
    if start and end and start.earliest and end.latest and end.latest < start.earliest:
        at_fault = "end" if "end" in values else "start"
        raise Invalid(f"end must not be before start, {start.edtf!r}, got {end.edtf!r}", ("input", at_fault))
