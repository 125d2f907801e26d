"""Parts that tables share: ids, versions, references, and the columns of embedded values."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, MetaData, Table, Text
from sqlalchemy.orm import Composite, DeclarativeBase, Mapped, composite, declared_attr, mapped_column, relationship

from db.sql.types import ExactDecimal, Id, UtcDateTime, enum_type
from db.values.partial_date import PartialDate
from db.values.quantity import BoundsBasis, Comparator, Quantity


class Base(DeclarativeBase):
    """A table with an `id` that is never reused."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {int: Id, str: Text(), date: Date(), datetime: UtcDateTime()}
    __table_args__: Any = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)


class Versioned:
    """A row that people edit. `version` grows by one with every update and guards against lost updates."""

    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    updated_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC), onupdate=lambda: datetime.now(UTC))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def add_reference(
    model: type[Base], name: str, target: type[Any], overlaps: str = "", ondelete: str = "CASCADE"
) -> str:
    """Add the column `<name>_id` and the relationship `name` to `model`, both to `target`; return the column's name."""
    column = f"{name}_id"
    key = ForeignKey(f"{target.__tablename__}.id", ondelete=ondelete)
    setattr(model, column, mapped_column(Id, key, index=True, nullable=True))
    reference = relationship(target, foreign_keys=[getattr(model, column)], lazy="raise", overlaps=overlaps)
    setattr(model, name, reference)
    return column


def require_one(model: type[Base], name: str, columns: Iterable[str]) -> None:
    """Add a CHECK that a row sets exactly one of the columns. It replaces an earlier CHECK of this name."""
    table: Any = model.__table__
    check = CheckConstraint(exactly_one(columns), name=name)
    table.append_constraint(check)
    table.constraints -= {other for other in table.constraints - {check} if other.name == check.name}


def exactly_one(columns: Iterable[str]) -> str:
    """The SQL condition that exactly one of the columns is set."""
    return " + ".join(f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END" for column in columns) + " = 1"


def leave_out_nulls(table: Table) -> None:
    """Make each index on a single nullable column skip the rows in which that column is null.

    A row that can refer to several types has nulls in all but one of these columns. SQLite's planner would otherwise
    assume that few rows have a null or, with statistics, that the index is useless.
    """
    for index in table.indexes:
        match list(index.columns):
            case [Column(nullable=True) as column] if not index.unique and not index.dialect_kwargs:
                index.dialect_kwargs.update(dict.fromkeys(("sqlite_where", "postgresql_where"), column.is_not(None)))
            case _:
                pass


def partial_date(name: str) -> Composite[PartialDate | None]:
    """Columns `<name>_edtf`, `<name>_earliest` and `<name>_latest`: the date as written and the days it may mean."""
    return composite(
        _partial_date,
        mapped_column(f"{name}_edtf", Text, nullable=True),
        mapped_column(f"{name}_earliest", Date, nullable=True),
        mapped_column(f"{name}_latest", Date, nullable=True),
        info={"value": PartialDate},
    )


def quantity(name: str, as_of: str | None = None) -> Composite[Quantity | None]:
    """Columns `<name>_value` … `<name>_as_of`; `as_of` names an existing column to read that date from instead."""
    return composite(
        _quantity,
        mapped_column(f"{name}_value", ExactDecimal, nullable=True),
        mapped_column(f"{name}_lower", ExactDecimal, nullable=True),
        mapped_column(f"{name}_upper", ExactDecimal, nullable=True),
        mapped_column(f"{name}_unit", Text, nullable=True),
        mapped_column(f"{name}_currency", Text, nullable=True),
        mapped_column(f"{name}_comparator", enum_type(Comparator), nullable=True),
        mapped_column(f"{name}_bounds_basis", enum_type(BoundsBasis), nullable=True),
        mapped_column(f"{name}_display", Text, nullable=True),
        as_of or mapped_column(f"{name}_as_of", Text, nullable=True),
        info={"value": Quantity},
    )


def _partial_date(edtf: str | None, earliest: date | None, latest: date | None) -> PartialDate | None:
    return None if edtf is None else PartialDate(edtf, earliest, latest)


def _quantity(value: Any, lower: Any, upper: Any, unit: str | None, *rest: Any) -> Quantity | None:
    return None if unit is None else Quantity(value, lower, upper, unit, *rest)
