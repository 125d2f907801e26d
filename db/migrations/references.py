"""What a migration does to the tables that refer to a new entity."""

import re

import sqlalchemy as sa
from alembic import op

from db.models.base import exactly_one
from db.sql.types import Id


def add_reference(
    table: str, column: str, target: str, *, one_of: str | None = None, owner: bool = False, ondelete: str = "CASCADE"
) -> None:
    """Add the column to the table, as a foreign key to the id of `target`, with an index that skips nulls.

    `one_of` names the CHECK that exactly one reference of a row is set: it counts this column too. With `owner`, the
    row that the column refers to gives a row its `owner_id`.
    """
    with op.batch_alter_table(table) as batch:
        batch.add_column(sa.Column[int](column, Id, nullable=True))
        batch.create_foreign_key(op.f(f"fk_{table}_{column}"), target, [column], ["id"], ondelete=ondelete)
        if owner:
            name = op.f(f"fk_{table}_{column}_owner_id")
            columns = [column, "owner_id"]
            batch.create_foreign_key(name, target, columns, ["id", "owner_id"], onupdate="CASCADE", ondelete="CASCADE")
        if one_of:
            name = op.f(f"ck_{table}_{one_of}")
            checks = {
                check["name"]: check["sqltext"] for check in sa.inspect(op.get_bind()).get_check_constraints(table)
            }
            columns = [*re.findall(r"(\w+) IS NULL", checks[name]), column]
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, sa.text(exactly_one(columns)))
    is_set = sa.text(f"{column} IS NOT NULL")
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], sqlite_where=is_set, postgresql_where=is_set)
