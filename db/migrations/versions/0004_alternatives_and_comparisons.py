"""What a value would be by other claims, and what conveners are compared by"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.sql.types

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Any = None
depends_on: Any = None


def _number(name: str, *, nullable: bool = False, **more: Any) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable, **more)


def _enum(name: str, type: str, *values: str, nullable: bool) -> sa.Column[str]:
    return sa.Column(
        name,
        sa.Enum(*values, name=type, native_enum=False, create_constraint=True, length=32),
        nullable=nullable,
    )


def upgrade() -> None:
    op.create_table(
        "metric_alternative",
        _number("metric_value_id"),
        _number("claim_id", nullable=True),
        _enum(
            "state",
            "metricstate",
            "FRESH",
            "STALE",
            "FAILED",
            "INSUFFICIENT_DATA",
            "NOT_APPLICABLE",
            nullable=False,
        ),
        *(
            sa.Column(f"value_{name}", db.sql.types.ExactDecimal(), nullable=True)
            for name in ("value", "lower", "upper")
        ),
        *(sa.Column(f"value_{name}", sa.Text(), nullable=True) for name in ("unit", "currency")),
        _enum(
            "value_comparator",
            "comparator",
            "EXACT",
            "APPROXIMATE",
            "AT_LEAST",
            "AT_MOST",
            "BETWEEN",
            nullable=True,
        ),
        _enum("value_bounds_basis", "boundsbasis", "ASSERTED", "IMPLIED_BY_ROUNDING", "NONE", nullable=True),
        *(sa.Column(f"value_{name}", sa.Text(), nullable=True) for name in ("display", "as_of")),
        sa.Column("substitution", sa.Text(), nullable=False),
        _number("id"),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_metric_alternative_claim_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["metric_value_id"],
            ["metric_value.id"],
            name=op.f("fk_metric_alternative_metric_value_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_alternative")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_metric_alternative_claim_id"), "metric_alternative", ["claim_id"])
    op.create_index(op.f("ix_metric_alternative_metric_value_id"), "metric_alternative", ["metric_value_id"])
    op.create_table(
        "compared_set",
        _number("convener_id"),
        sa.Column("digest", sa.Text(), nullable=True),
        _number("size"),
        _number("id"),
        sa.ForeignKeyConstraint(
            ["convener_id"], ["organization.id"], name=op.f("fk_compared_set_convener_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compared_set")),
        sa.UniqueConstraint("convener_id", name=op.f("uq_compared_set_convener_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "compared_partner",
        _number("convener_id"),
        _number("partner_id", autoincrement=False),
        sa.ForeignKeyConstraint(
            ["convener_id"],
            ["compared_set.convener_id"],
            name=op.f("fk_compared_partner_convener_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("convener_id", "partner_id", name=op.f("pk_compared_partner")),
    )
    op.create_index(
        op.f("ix_compared_partner_partner_id_convener_id"), "compared_partner", ["partner_id", "convener_id"]
    )


def downgrade() -> None:
    op.drop_table("compared_partner")
    op.drop_table("compared_set")
    op.drop_table("metric_alternative")
