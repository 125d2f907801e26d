"""Insert rows, or replace those with the same key, in the same way on both databases."""

from typing import Any, Final

from sqlalchemy import FromClause, Table
from sqlalchemy.dialects import postgresql, sqlite

from db.connections.sessions import WriteSession

_INSERT: Final = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(session: WriteSession, table: FromClause, *key: str) -> Any:
    """A statement for rows with all columns except `id`. An existing row with the same key keeps its `id`."""
    assert isinstance(table, Table)
    statement = _INSERT[session.get_bind().dialect.name](table)
    kept, columns = ("id", *key), table.c.keys()
    return statement.on_conflict_do_update(
        index_elements=key,
        set_={name: statement.excluded[name] for name in columns if name not in kept},
    )
