"""How Alembic replaces a table on SQLite, which changes no CHECK and drops no constraint in place."""

from typing import Any, Final

from alembic.ddl.sqlite import SQLiteImpl
from sqlalchemy import Table, text

_IS_COUNTED: Final = text("SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE type = 'table' AND name = :name")
# The new table and its entry are renamed together. Without it, SQLite would count from the greatest copied id.
_KEEP_COUNT: Final = text(
    "INSERT INTO sqlite_sequence (name, seq) SELECT :new_name, seq FROM sqlite_sequence WHERE name = :name"
)


class SQLite(SQLiteImpl):
    """Keeps generated columns, and the promise that an id is never reused. Importing the class is enough."""

    __dialect__ = "sqlite"

    def prep_table_for_batch(self, batch_impl: Any, table: Table) -> None:
        """Prepare the copy of `table` into the new table of the batch, which does not exist yet."""
        for column in table.columns:
            if column.computed is not None:
                # SQLite computes the value, and refuses to have it copied.
                batch_impl.column_transfers.get(column.name, {}).pop("expr", None)
        assert self.connection is not None
        if self.connection.scalar(_IS_COUNTED, {"name": table.name}):
            # SQLAlchemy does not read it from the old table.
            batch_impl.new_table.dialect_options["sqlite"]["autoincrement"] = True
            self.connection.execute(_KEEP_COUNT, {"name": table.name, "new_name": batch_impl.new_table.name})
