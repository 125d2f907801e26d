"""Owners: the organization that a row belongs to, which the change log names."""

from functools import cache
from typing import Any, Final

from sqlalchemy import bindparam, func, select

from db.commands.row import Row, table_of
from db.connections.sessions import WriteSession
from db.models import BY_NAME, Base
from db.models.claim import SUBJECTS
from db.models.owned import PARENTS
from db.sql.prepared import Prepared


async def find_owner(session: WriteSession, model: type[Base], row: Row) -> int | None:
    """The organization that the row belongs to; None where it belongs to none, as a person does."""
    if model.__tablename__ not in PARENTS:
        return row.get("owner_id") or None
    # A trigger wrote it after the row was returned.
    ((owner_id,),) = await _owner(model).run(session, {"row_id": row["id"]})
    return owner_id or None


@cache
def _owner(model: type[Base]) -> Prepared:
    table = table_of(model)
    return Prepared(select(table.c.owner_id).where(table.c.id == bindparam("row_id")))


def _owner_of(model: type[Base]) -> Any:
    return func.nullif(table_of(model).c.owner_id, 0)


# What claims can be about, and the organization that each belongs to, as an expression over its row.
SUBJECT_OWNERS: Final[dict[type[Base], Any]] = {BY_NAME[name]: _owner_of(BY_NAME[name]) for name in SUBJECTS}
