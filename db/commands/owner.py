"""Owners: the organization that a row belongs to, which the audit log names."""

from typing import Any, Final

from sqlalchemy import bindparam, null, select

from db.commands.row import Row
from db.connections.sessions import WriteSession
from db.models import (
    Assessment,
    Base,
    Issue,
    Organization,
    OrganizationRelation,
    OtherName,
    Output,
    Participation,
    Partnership,
    Person,
    Position,
    Post,
    Tenure,
    Workstream,
)
from db.sql.prepared import Prepared

_convener = select(Workstream.convener_id).where(Workstream.id == bindparam("parent"))

# The column that leads to the owner: the owner's own number, or a row from which the statement finds it.
_PARENTS: Final[dict[type[Base], tuple[str, Prepared | None]]] = {
    Organization: ("id", None),
    OtherName: ("organization_id", None),
    OrganizationRelation: ("from_organization_id", None),
    Partnership: ("convener_id", None),
    Workstream: ("convener_id", None),
    Output: ("workstream_id", Prepared(_convener)),
    Participation: ("workstream_id", Prepared(_convener)),
    Post: ("organization_id", None),
    Tenure: ("post_id", Prepared(select(Post.organization_id).where(Post.id == bindparam("parent")))),
    Assessment: ("subject_id", None),
    Issue: ("organization_id", None),
    Position: ("issue_id", Prepared(select(Issue.organization_id).where(Issue.id == bindparam("parent")))),
}


async def find_owner(session: WriteSession, model: type[Base], row: Row) -> int | None:
    """The organization that the row belongs to; None where it belongs to none, as a person does."""
    if "owner_id" in row:
        return row["owner_id"]
    column, statement = _PARENTS.get(model, (None, None))
    if column is None or statement is None:
        return None if column is None else row[column]
    ((owner_id,),) = await statement.run(session, {"parent": row[column]})
    return owner_id


# What claims can be about, and the organization that each belongs to, as an expression over its row.
SUBJECT_OWNERS: Final[dict[type[Base], Any]] = {
    Organization: Organization.__table__.c.id,
    Workstream: Workstream.__table__.c.convener_id,
    Output: select(Workstream.convener_id).where(Workstream.id == Output.workstream_id).scalar_subquery(),
    Person: null(),
    Post: Post.__table__.c.organization_id,
}
