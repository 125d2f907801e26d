"""The rules of partnerships: who can be partners, one current partnership for a pair, no end before the start."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select

from db.commands.draft import Draft
from db.commands.row import Row, lock_row
from db.connections.sessions import WriteSession
from db.errors import Duplicate, Invalid, NotFound
from db.models import Organization, Partnership
from db.values.partial_date import PartialDate, has_not_ended

_CONVENER: Final = ("input", "convener")
_PARTNER: Final = ("input", "partner")


async def check_parties(session: WriteSession, draft: Draft) -> None:
    """Convener and partner may be partners and have no other current one. A new partner's sector is filled in."""
    if not draft.gives("convener_id", "partner_id", "end"):
        return
    # Lock the convener: if two requests create the same partnership at once, the second finds that of the first.
    convener = await _organization(session, draft["convener_id"], _CONVENER)
    partner_id = draft["partner_id"]
    if partner_id == convener["id"]:
        raise Invalid(f"expected another organization than the convener, got {convener['name']} twice", _PARTNER)
    partner = await session.get(Organization, partner_id)
    if partner is None:
        raise NotFound("Organization", partner_id, _PARTNER)
    if not convener["is_convener"] and convener["id"] != draft.old("convener_id"):
        raise Invalid(f"expected an organization that convenes, got {convener['name']}", _CONVENER)
    if partner_id != draft.old("partner_id"):
        draft.values["sector_at_time"] = partner.sector
    if has_not_ended(draft["end"], datetime.now(UTC).date()):
        await _check_alone(session, draft, convener, partner)


async def _organization(session: WriteSession, id: int, path: tuple[str, ...]) -> Row:
    if (row := await lock_row(session, Organization, id)) is None:
        raise NotFound("Organization", id, path)
    return row


async def _check_alone(session: WriteSession, draft: Draft, convener: Row, partner: Organization) -> None:
    others = select(Partnership.id).where(
        Partnership.convener_id == convener["id"],
        Partnership.partner_id == partner.id,
        Partnership.is_current,
        Partnership.id.is_distinct_from(draft.before and draft.before["id"]),
    )
    if (other := await session.scalar(others.limit(1))) is not None:
        message = f"expected a new partner of {convener['name']}, got {partner.name} again"
        raise Duplicate(message, "Partnership", other, _PARTNER)


async def check_dates(_session: WriteSession, draft: Draft) -> None:
    """The row does not end before it starts, if both are known."""
    start: PartialDate | None = draft["start"]
    end: PartialDate | None = draft["end"]
    if start and end and start.earliest and end.latest and end.latest < start.earliest:
        at_fault = "end" if draft.gives("end") else "start"
        raise Invalid(
            f"expected an end that is not before the start, {start.edtf!r}, got {end.edtf!r}", ("input", at_fault)
        )
