"""The rules of properties: one of each key, a unit for quantities only, and no other meaning for existing claims."""

import re
from typing import Any, Final

from sqlalchemy import select

from db.commands.draft import Draft
from db.connections.sessions import WriteSession
from db.errors import Duplicate, Invalid
from db.models import Claim, Property
from db.sql.locks import lock_properties
from db.values.vocabulary import Datatype

KEY_PATTERN: Final = "[A-Z]+(_[A-Z]+)*"


async def check_key(session: WriteSession, draft: Draft) -> None:
    """The key is well formed, and no other property has it."""
    key = draft["key"]
    if key == draft.old("key"):
        return
    if not re.fullmatch(KEY_PATTERN, key):
        raise Invalid(f"expected a key of words in capitals, such as 'ANNUAL_REVENUE', got {key!r}", ("input", "key"))
    # If two requests add the same key at once, the second finds the property of the first.
    await lock_properties(session)
    other = await session.scalar(select(Property.id).where(Property.key == key))
    if other is not None:
        raise Duplicate(f"expected the key of no other property, got {key!r}", "Property", other, ("input", "key"))


async def check_unit(_session: WriteSession, draft: Draft) -> None:
    """Only quantities have a unit."""
    datatype: Datatype = draft["datatype"]
    unit: str | None = draft["unit"]
    if unit is not None and datatype is not Datatype.QUANTITY:
        at_fault = "unit" if draft.gives("unit") else "datatype"
        raise Invalid(f"expected no unit for a {datatype.name}, got {unit!r}", ("input", at_fault))


async def check_claims(session: WriteSession, draft: Draft) -> None:
    """A property that claims state keeps its key, datatype and unit, because the claims were made under them."""
    if draft.before is None:
        return
    changed = [name for name in ("key", "datatype", "unit") if draft[name] != draft.old(name)]
    if not changed:
        return
    id, key = draft.before["id"], draft.before["key"]
    # `assert_claim` holds a shared lock on the property: its claim is either found here or checked against this change.
    await session.execute(select(Property.id).where(Property.id == id).with_for_update())
    if await session.scalar(select(Claim.id).where(Claim.property_id == id).limit(1)) is None:
        return
    name = changed[0]
    old, new = _shown(draft.old(name)), _shown(draft[name])
    raise Invalid(f"expected the {name} {old}, because claims state {key}, got {new}", ("input", name))


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    return value.name if isinstance(value, Datatype) else repr(value)
