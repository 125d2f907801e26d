"""Rows that are inserted or, where their key is there already, replaced: the same on both databases."""

from typing import Any, Final

from sqlalchemy.dialects import postgresql, sqlite

from db.connections.sessions import WriteSession
from db.models import Base

_INSERT: Final = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(session: WriteSession, model: type[Base], *key: str) -> Any:
    """A statement for rows that have all columns but `id`; a row whose key is there keeps its `id`."""
    table: Any = model.__table__
    statement = _INSERT[session.get_bind().dialect.name](table)
    kept, columns = ("id", *key), table.columns.keys()
    return statement.on_conflict_do_update(
        index_elements=key,
        set_={name: statement.excluded[name] for name in columns if name not in kept},
    )
