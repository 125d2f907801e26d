"""Jobs, workers, revisions, and how urgent a mark is"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.sql.types

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Any = None
depends_on: Any = None


# A plain statement, which both databases know: Alembic would copy the whole table on SQLite, to which the triggers refer,
# and whose numbers would begin anew.
_URGENCY = """ALTER TABLE mark ADD COLUMN urgency VARCHAR(32) DEFAULT 'LIVE' NOT NULL
  CONSTRAINT ck_mark_urgency CHECK (urgency IN ('LIVE', 'BACKGROUND', 'PARKED'))"""

_REFERENCES = ("assessment", "position", "tenure", "participation", "workstream", "output", "organization")


def _reference(table: str) -> sa.Column[int]:
    return sa.Column(f"{table}_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)


def upgrade() -> None:
    op.create_table(
        "daily_run",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_run")),
        sa.UniqueConstraint("name", name=op.f("uq_daily_run_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("running", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
        sa.UniqueConstraint("name", name=op.f("uq_worker_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "job",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "QUEUED",
                "RUNNING",
                "RETRYING",
                "SUCCEEDED",
                "DEAD",
                "CANCELLED",
                name="jobstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("max_attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("enqueued_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("started_at", db.sql.types.UtcDateTime(), nullable=True),
        sa.Column("finished_at", db.sql.types.UtcDateTime(), nullable=True),
        sa.Column("run_after", db.sql.types.UtcDateTime(), nullable=True),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("definition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("newest_mark", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["metric_definition.id"], name=op.f("fk_job_definition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_job_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_definition_id"), ["definition_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_job_organization_id_definition_id"), ["organization_id", "definition_id"], unique=True
        )
        batch_op.create_index(
            "ix_job_run_after",
            ["run_after"],
            unique=False,
            sqlite_where=sa.text("run_after IS NOT NULL"),
            postgresql_where=sa.text("run_after IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_job_status"), ["status"], unique=False)
        batch_op.create_index(
            "uq_job_whole",
            ["organization_id"],
            unique=True,
            sqlite_where=sa.text("organization_id IS NOT NULL AND definition_id IS NULL"),
            postgresql_where=sa.text("organization_id IS NOT NULL AND definition_id IS NULL"),
        )

    op.create_table(
        "metric_revision",
        sa.Column("metric_value_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "FRESH",
                "STALE",
                "FAILED",
                "INSUFFICIENT_DATA",
                "NOT_APPLICABLE",
                name="metricstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value_value", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("value_lower", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("value_upper", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("value_unit", sa.Text(), nullable=True),
        sa.Column("value_currency", sa.Text(), nullable=True),
        sa.Column(
            "value_comparator",
            sa.Enum(
                "EXACT",
                "APPROXIMATE",
                "AT_LEAST",
                "AT_MOST",
                "BETWEEN",
                name="comparator",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "value_bounds_basis",
            sa.Enum(
                "ASSERTED",
                "IMPLIED_BY_ROUNDING",
                "NONE",
                name="boundsbasis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("value_display", sa.Text(), nullable=True),
        sa.Column("value_as_of", sa.Text(), nullable=True),
        sa.Column("substitution", sa.Text(), nullable=False),
        sa.Column("computed_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("cause_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["cause_id"], ["change.id"], name=op.f("fk_metric_revision_cause_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["metric_value_id"],
            ["metric_value.id"],
            name=op.f("fk_metric_revision_metric_value_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_revision")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("metric_revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_metric_revision_cause_id"), ["cause_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_metric_revision_metric_value_id_id"), ["metric_value_id", "id"], unique=False
        )

    op.execute(_URGENCY)
    with op.batch_alter_table("mark", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mark_background",
            ["id", "organization_id"],
            unique=False,
            sqlite_where=sa.text("urgency = 'BACKGROUND'"),
            postgresql_where=sa.text("urgency = 'BACKGROUND'"),
        )
        batch_op.create_index(
            "ix_mark_live",
            ["organization_id", "id"],
            unique=False,
            sqlite_where=sa.text("urgency = 'LIVE'"),
            postgresql_where=sa.text("urgency = 'LIVE'"),
        )

    with op.batch_alter_table("metric_input", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        for table in _REFERENCES:
            batch_op.add_column(_reference(table))
            batch_op.create_index(batch_op.f(f"ix_metric_input_{table}_id"), [f"{table}_id"])
            batch_op.create_foreign_key(
                batch_op.f(f"fk_metric_input_{table}_id"), table, [f"{table}_id"], ["id"], ondelete="SET NULL"
            )

    with op.batch_alter_table("metric_value", schema=None) as batch_op:
        batch_op.add_column(sa.Column("value_digest", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("digest", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("metric_value", schema=None) as batch_op:
        batch_op.drop_column("digest")
        batch_op.drop_column("value_digest")

    with op.batch_alter_table("metric_input", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        for table in reversed(_REFERENCES):
            batch_op.drop_constraint(batch_op.f(f"fk_metric_input_{table}_id"), type_="foreignkey")
            batch_op.drop_index(batch_op.f(f"ix_metric_input_{table}_id"))
            batch_op.drop_column(f"{table}_id")

    with op.batch_alter_table("mark", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_mark_live", sqlite_where=sa.text("urgency = 'LIVE'"), postgresql_where=sa.text("urgency = 'LIVE'")
        )
        batch_op.drop_index(
            "ix_mark_background",
            sqlite_where=sa.text("urgency = 'BACKGROUND'"),
            postgresql_where=sa.text("urgency = 'BACKGROUND'"),
        )
    op.execute("ALTER TABLE mark DROP COLUMN urgency")

    with op.batch_alter_table("metric_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_metric_revision_metric_value_id_id"))
        batch_op.drop_index(batch_op.f("ix_metric_revision_cause_id"))

    op.drop_table("metric_revision")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_job_whole",
            sqlite_where=sa.text("organization_id IS NOT NULL AND definition_id IS NULL"),
            postgresql_where=sa.text("organization_id IS NOT NULL AND definition_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_job_status"))
        batch_op.drop_index(
            "ix_job_run_after",
            sqlite_where=sa.text("run_after IS NOT NULL"),
            postgresql_where=sa.text("run_after IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_job_organization_id_definition_id"))
        batch_op.drop_index(batch_op.f("ix_job_definition_id"))

    op.drop_table("job")
    op.drop_table("worker")
    op.drop_table("daily_run")
