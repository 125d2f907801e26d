"""Rows that belong to an organization."""

from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Computed, ForeignKeyConstraint, UniqueConstraint

from db.models.base import Base
from db.sql.types import Id


class Parent(NamedTuple):
    """The row from which a row takes its owner: the column that refers to it, and its table."""

    column: str
    table: str


# For each table below the first level, the parent. `db.staleness.triggers` hands the owner down.
PARENTS: Final[dict[str, Parent]] = {}


class Owned:
    """A model whose rows belong to an organization: the table has `owner_id`, which `owned_by` leads to.

    Where the column `owned_by` refers to the organization, the database generates `owner_id` from it. Where it refers
    to another owned row, triggers copy that row's owner, and a foreign key of both columns keeps the copy right: it
    refuses a wrong owner, and a parent that changes its owner takes its rows along. A bulk insert may give `owner_id`,
    which spares the trigger. The ORM does not map the column: it would not see what the triggers write.
    """

    def __init_subclass__(cls, *, owned_by: str, **options: Any) -> None:
        # First the classes after this one, of which `Base` maps the model to its table.
        super().__init_subclass__(**options)
        model: Any = cls
        table = model.__table__
        (key,) = table.c[owned_by].foreign_keys
        name = key.target_fullname.split(".")[0]
        if name == "organization":
            table.append_column(Column[int]("owner_id", Id, Computed(owned_by, persisted=True), nullable=False))
            return
        PARENTS[table.name], parent = Parent(owned_by, name), Base.metadata.tables[name]
        # 0 is no organization: the triggers replace it before the foreign key is checked.
        table.append_column(Column[int]("owner_id", Id, nullable=False, server_default="0"))
        if not any(set(unique.columns.keys()) == {"id", "owner_id"} for unique in _uniques(parent)):
            parent.append_constraint(UniqueConstraint("id", "owner_id"))
        table.append_constraint(
            ForeignKeyConstraint(
                [owned_by, "owner_id"],
                [f"{parent.name}.id", f"{parent.name}.owner_id"],
                name=f"fk_{table.name}_owner_id",
                onupdate="CASCADE",
                ondelete="CASCADE",
            )
        )


def _uniques(table: Any) -> list[UniqueConstraint]:
    return [one for one in table.constraints if isinstance(one, UniqueConstraint)]
