"""Rows that belong to an organization."""

from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Computed, ForeignKeyConstraint, UniqueConstraint

from db.models.base import Base
from db.sql.types import Id


class Parent(NamedTuple):
    """A row from which another takes its owner: the column that refers to it, and its table."""

    column: str
    table: str


# The tables whose rows belong to an organization.
OWNED: Final[list[str]] = []

# For each table whose rows take their owner from others, those others. `db.staleness.triggers` copies the owner.
PARENTS: Final[dict[str, list[Parent]]] = {}


class Owned:
    """A model whose rows belong to an organization: the table has `owner_id`, to which the column `owned_by` leads.

    Where that column is or refers to the organization, the database generates `owner_id` from it. Where it refers to
    another owned row, triggers copy that row's owner, and a foreign key of both columns keeps the copy right: it
    refuses a wrong owner, and a parent that changes its owner takes its rows along. A bulk insert may give `owner_id`,
    which spares the trigger. Without `owned_by` the references follow by `take_owner`; 0 stands for no owner.

    The ORM does not map the column, because it would not see what the triggers write: `Output.__table__.c.owner_id`.
    """

    def __init_subclass__(cls, *, owned_by: str | None = None, **options: Any) -> None:
        # First the classes after this one, of which `Base` maps the model to its table.
        super().__init_subclass__(**options)
        model: Any = cls
        table = model.__table__
        OWNED.append(table.name)
        target = "organization" if owned_by == "id" else _target(table.c[owned_by]) if owned_by else None
        if target == "organization":
            table.append_column(_generated(owned_by or "id"))
            return
        # The triggers replace the 0 before the foreign key is checked.
        table.append_column(Column[int]("owner_id", Id, nullable=False, server_default="0"))
        if owned_by and target:
            take_owner(model, owned_by, Base.metadata.tables[target])


def take_owner(model: type[Base], column: str, parent: Any) -> None:
    """The row of `parent` that `column` refers to gives a row its owner; that of a table without owners gives 0."""
    table: Any = model.__table__
    PARENTS.setdefault(table.name, []).append(Parent(column, parent.name))
    if "owner_id" not in parent.c:
        parent.append_column(_generated("0"))
    uniques = (one for one in parent.constraints if isinstance(one, UniqueConstraint))
    if not any(set(unique.columns.keys()) == {"id", "owner_id"} for unique in uniques):
        parent.append_constraint(UniqueConstraint("id", "owner_id"))
    table.append_constraint(
        ForeignKeyConstraint(
            [column, "owner_id"],
            [f"{parent.name}.id", f"{parent.name}.owner_id"],
            name=f"fk_{table.name}_{column}_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        )
    )


def _generated(expression: str) -> Column[int]:
    return Column("owner_id", Id, Computed(expression, persisted=True), nullable=False)


def _target(column: Any) -> str:
    (key,) = column.foreign_keys
    return key.target_fullname.split(".")[0]
