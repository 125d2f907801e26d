"""The model"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.sql.types

revision: str = "0001"
down_revision: str | None = None
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("ADMIN", name="keyrole", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", db.sql.types.UtcDateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_api_key_name")),
        sqlite_autoincrement=True,
    )
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
        "mark",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum(
                "LIVE", "BACKGROUND", "PARKED", name="urgency", native_enum=False, create_constraint=True, length=32
            ),
            server_default="LIVE",
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_mark_background",
        "mark",
        ["id", "organization_id"],
        unique=False,
        sqlite_where=sa.text("urgency = 'BACKGROUND'"),
        postgresql_where=sa.text("urgency = 'BACKGROUND'"),
    )
    op.create_index(
        "ix_mark_live",
        "mark",
        ["organization_id", "id"],
        unique=False,
        sqlite_where=sa.text("urgency = 'LIVE'"),
        postgresql_where=sa.text("urgency = 'LIVE'"),
    )
    op.create_index(op.f("ix_mark_organization_id_id"), "mark", ["organization_id", "id"], unique=False)
    op.create_table(
        "metric_definition",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("formula", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("depends_on", sa.JSON(), nullable=False),
        sa.Column("time_dependent", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_definition")),
        sa.UniqueConstraint("key", name=op.f("uq_metric_definition_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "organization",
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "sector",
            sa.Enum(
                "INDUSTRY",
                "CIVIL_SOCIETY",
                "ACADEMIA",
                "GOVERNMENT",
                "MEDIA",
                "PHILANTHROPY",
                "OTHER",
                "UNKNOWN",
                name="sector",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_convener", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("id", persisted=True),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_organization_id_owner_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_organization_slug")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_organization_is_convener_id"), "organization", ["is_convener", "id"], unique=False)
    op.create_index(op.f("ix_organization_name"), "organization", ["name"], unique=False)
    op.create_table(
        "person",
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("0", persisted=True),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_person_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "property",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column(
            "datatype",
            sa.Enum(
                "QUANTITY",
                "TEXT",
                "DATE",
                "NODE",
                name="datatype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("multivalued", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property")),
        sa.UniqueConstraint("key", name=op.f("uq_property_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "source",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "SELF_DECLARATION",
                "OFFICIAL_REGISTER",
                "THIRD_PARTY",
                "PRIMARY_RESEARCH",
                name="sourcekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("retrieved_at", db.sql.types.UtcDateTime(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("0", persisted=True),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_source_id_owner_id")),
        sa.UniqueConstraint("sha256", name=op.f("uq_source_sha256")),
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
        "assessment",
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column(
            "rating",
            sa.Enum(
                "VERY_LOW",
                "LOW",
                "MODERATE",
                "HIGH",
                "VERY_HIGH",
                name="rating",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("assessor", sa.Text(), nullable=True),
        sa.Column("assessed_during_edtf", sa.Text(), nullable=True),
        sa.Column("assessed_during_earliest", sa.Date(), nullable=True),
        sa.Column("assessed_during_latest", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("subject_id", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["organization.id"], name=op.f("fk_assessment_subject_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_assessment_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_assessment_subject_id"), "assessment", ["subject_id"], unique=False)
    op.create_table(
        "change",
        sa.Column("at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "operation",
            sa.Enum(
                "CREATE", "UPDATE", "DELETE", name="operation", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("node_type", sa.Text(), nullable=False),
        sa.Column("node_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_change_organization_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_change_organization_id_id"), "change", ["organization_id", "id"], unique=False)
    op.create_table(
        "compared_set",
        sa.Column("convener_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["convener_id"], ["organization.id"], name=op.f("fk_compared_set_convener_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compared_set")),
        sa.UniqueConstraint("convener_id", name=op.f("uq_compared_set_convener_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "identifier",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("organization_id", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_identifier_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identifier")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_identifier_organization_id"), "identifier", ["organization_id"], unique=False)
    op.create_table(
        "issue",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "TENSION",
                "TREND",
                "CRITICISM",
                "DYNAMIC",
                name="issuekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("since_edtf", sa.Text(), nullable=True),
        sa.Column("since_earliest", sa.Date(), nullable=True),
        sa.Column("since_latest", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("organization_id", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_issue_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_issue_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_issue_organization_id"), "issue", ["organization_id"], unique=False)
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
    op.create_index(
        op.f("ix_job_definition_id"),
        "job",
        ["definition_id"],
        unique=False,
        sqlite_where=sa.text("definition_id IS NOT NULL"),
        postgresql_where=sa.text("definition_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_job_organization_id_definition_id"), "job", ["organization_id", "definition_id"], unique=True
    )
    op.create_index(
        "ix_job_run_after",
        "job",
        ["run_after"],
        unique=False,
        sqlite_where=sa.text("run_after IS NOT NULL"),
        postgresql_where=sa.text("run_after IS NOT NULL"),
    )
    op.create_index(op.f("ix_job_status"), "job", ["status"], unique=False)
    op.create_index(
        "uq_job_whole",
        "job",
        ["organization_id"],
        unique=True,
        sqlite_where=sa.text("organization_id IS NOT NULL AND definition_id IS NULL"),
        postgresql_where=sa.text("organization_id IS NOT NULL AND definition_id IS NULL"),
    )
    op.create_table(
        "metric_value",
        sa.Column("definition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("peer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "computed_state",
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
        sa.Column("formula", sa.Text(), nullable=False),
        sa.Column("substitution", sa.Text(), nullable=False),
        sa.Column("computed_at", db.sql.types.UtcDateTime(), nullable=True),
        sa.Column("computed_from_change", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("value_digest", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["metric_definition.id"], name=op.f("fk_metric_value_definition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["peer_id"], ["organization.id"], name=op.f("fk_metric_value_peer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["organization.id"], name=op.f("fk_metric_value_subject_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_value")),
        sa.UniqueConstraint(
            "subject_id", "definition_id", "peer_id", name=op.f("uq_metric_value_subject_id_definition_id_peer_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_metric_value_definition_id"), "metric_value", ["definition_id"], unique=False)
    op.create_index(
        op.f("ix_metric_value_peer_id"),
        "metric_value",
        ["peer_id"],
        unique=False,
        sqlite_where=sa.text("peer_id IS NOT NULL"),
        postgresql_where=sa.text("peer_id IS NOT NULL"),
    )
    op.create_index(
        "uq_metric_value_alone",
        "metric_value",
        ["subject_id", "definition_id"],
        unique=True,
        sqlite_where=sa.text("peer_id IS NULL"),
        postgresql_where=sa.text("peer_id IS NULL"),
    )
    op.create_table(
        "organization_relation",
        sa.Column("from_organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "PARENT",
                "CHILD",
                "PREDECESSOR",
                "SUCCESSOR",
                "RELATED",
                name="relationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("valid_during_edtf", sa.Text(), nullable=True),
        sa.Column("valid_during_earliest", sa.Date(), nullable=True),
        sa.Column("valid_during_latest", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("from_organization_id", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["from_organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_relation_from_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["to_organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_relation_to_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_relation")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_organization_relation_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_organization_relation_from_organization_id"),
        "organization_relation",
        ["from_organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_organization_relation_to_organization_id"),
        "organization_relation",
        ["to_organization_id"],
        unique=False,
    )
    op.create_table(
        "other_name",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "PRIMARY",
                "ALIAS",
                "ACRONYM",
                "FORMER",
                "LEGAL",
                name="namekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("valid_during_edtf", sa.Text(), nullable=True),
        sa.Column("valid_during_earliest", sa.Date(), nullable=True),
        sa.Column("valid_during_latest", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("organization_id", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_other_name_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_other_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_other_name_organization_id"), "other_name", ["organization_id"], unique=False)
    op.create_table(
        "partnership",
        sa.Column("convener_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "FOUNDING_PARTNER",
                "PARTNER",
                "FUNDER",
                "OBSERVER",
                name="partnerrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name_at_time", sa.Text(), nullable=True),
        sa.Column(
            "sector_at_time",
            sa.Enum(
                "INDUSTRY",
                "CIVIL_SOCIETY",
                "ACADEMIA",
                "GOVERNMENT",
                "MEDIA",
                "PHILANTHROPY",
                "OTHER",
                "UNKNOWN",
                name="sector",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("start_edtf", sa.Text(), nullable=True),
        sa.Column("start_earliest", sa.Date(), nullable=True),
        sa.Column("start_latest", sa.Date(), nullable=True),
        sa.Column("end_edtf", sa.Text(), nullable=True),
        sa.Column("end_earliest", sa.Date(), nullable=True),
        sa.Column("end_latest", sa.Date(), nullable=True),
        sa.Column("confirmed_during_edtf", sa.Text(), nullable=True),
        sa.Column("confirmed_during_earliest", sa.Date(), nullable=True),
        sa.Column("confirmed_during_latest", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("convener_id", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["convener_id"], ["organization.id"], name=op.f("fk_partnership_convener_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["organization.id"], name=op.f("fk_partnership_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_partnership_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_partnership_convener_id_id"), "partnership", ["convener_id", "id"], unique=False)
    op.create_index(op.f("ix_partnership_partner_id_id"), "partnership", ["partner_id", "id"], unique=False)
    op.create_table(
        "passage",
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "HEADING",
                "TABLE_HEAD",
                "BODY",
                name="passagekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_passage_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
        sa.UniqueConstraint("source_id", "ordinal", name=op.f("uq_passage_source_id_ordinal")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "post",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "body",
            sa.Enum(
                "EXECUTIVE", "BOARD", "ADVISORY", name="postbody", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column(
            "constituency",
            sa.Enum(
                "INDUSTRY",
                "CIVIL_SOCIETY",
                "ACADEMIA",
                "GOVERNMENT",
                "MEDIA",
                "PHILANTHROPY",
                "OTHER",
                "UNKNOWN",
                name="sector",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("seats_value", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("seats_lower", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("seats_upper", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("seats_unit", sa.Text(), nullable=True),
        sa.Column("seats_currency", sa.Text(), nullable=True),
        sa.Column(
            "seats_comparator",
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
            "seats_bounds_basis",
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
        sa.Column("seats_display", sa.Text(), nullable=True),
        sa.Column("seats_as_of", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("organization_id", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_post_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_post_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_post_organization_id"), "post", ["organization_id"], unique=False)
    op.create_table(
        "source_subject",
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_source_subject_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_source_subject_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "organization_id", name=op.f("pk_source_subject")),
    )
    op.create_index(op.f("ix_source_subject_organization_id"), "source_subject", ["organization_id"], unique=False)
    op.create_table(
        "workstream",
        sa.Column("convener_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("other_names", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Computed("convener_id", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["convener_id"], ["organization.id"], name=op.f("fk_workstream_convener_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workstream")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_workstream_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_workstream_convener_id_id"), "workstream", ["convener_id", "id"], unique=False)
    op.create_table(
        "compared_partner",
        sa.Column("convener_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["convener_id"],
            ["compared_set.convener_id"],
            name=op.f("fk_compared_partner_convener_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("convener_id", "partner_id", name=op.f("pk_compared_partner")),
    )
    op.create_index(
        "ix_compared_partner_partner_id_convener_id", "compared_partner", ["partner_id", "convener_id"], unique=False
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
    op.create_index(
        op.f("ix_metric_revision_cause_id"),
        "metric_revision",
        ["cause_id"],
        unique=False,
        sqlite_where=sa.text("cause_id IS NOT NULL"),
        postgresql_where=sa.text("cause_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_metric_revision_computed_at"), "metric_revision", ["computed_at"], unique=False)
    op.create_index(
        op.f("ix_metric_revision_metric_value_id_id"), "metric_revision", ["metric_value_id", "id"], unique=False
    )
    op.create_table(
        "metric_slice",
        sa.Column("metric_value_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("share_value", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("share_lower", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("share_upper", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("share_unit", sa.Text(), nullable=True),
        sa.Column("share_currency", sa.Text(), nullable=True),
        sa.Column(
            "share_comparator",
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
            "share_bounds_basis",
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
        sa.Column("share_display", sa.Text(), nullable=True),
        sa.Column("share_as_of", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["metric_value_id"], ["metric_value.id"], name=op.f("fk_metric_slice_metric_value_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_slice")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_metric_slice_metric_value_id"), "metric_slice", ["metric_value_id"], unique=False)
    op.create_table(
        "metric_warning",
        sa.Column("metric_value_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["metric_value_id"], ["metric_value.id"], name=op.f("fk_metric_warning_metric_value_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_warning")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_metric_warning_metric_value_id"), "metric_warning", ["metric_value_id"], unique=False)
    op.create_table(
        "output",
        sa.Column("workstream_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "FRAMEWORK",
                "GUIDELINE",
                "RESEARCH",
                "DATABASE",
                "STATEMENT",
                "OTHER",
                name="outputkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("published_edtf", sa.Text(), nullable=True),
        sa.Column("published_earliest", sa.Date(), nullable=True),
        sa.Column("published_latest", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["workstream_id", "owner_id"],
            ["workstream.id", "workstream.owner_id"],
            name="fk_output_workstream_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workstream_id"], ["workstream.id"], name=op.f("fk_output_workstream_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_output")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_output_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_output_workstream_id_id"), "output", ["workstream_id", "id"], unique=False)
    op.create_table(
        "participation",
        sa.Column("workstream_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partnership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start_edtf", sa.Text(), nullable=True),
        sa.Column("start_earliest", sa.Date(), nullable=True),
        sa.Column("start_latest", sa.Date(), nullable=True),
        sa.Column("end_edtf", sa.Text(), nullable=True),
        sa.Column("end_earliest", sa.Date(), nullable=True),
        sa.Column("end_latest", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_participation_partnership_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workstream_id", "owner_id"],
            ["workstream.id", "workstream.owner_id"],
            name="fk_participation_workstream_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workstream_id"], ["workstream.id"], name=op.f("fk_participation_workstream_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_participation_id_owner_id")),
        sa.UniqueConstraint(
            "workstream_id", "partnership_id", name=op.f("uq_participation_workstream_id_partnership_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_participation_partnership_id"), "participation", ["partnership_id"], unique=False)
    op.create_index(op.f("ix_participation_workstream_id_id"), "participation", ["workstream_id", "id"], unique=False)
    op.create_table(
        "position",
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "stance",
            sa.Enum(
                "CRITIC", "DEFENDER", "NEUTRAL", name="stance", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("argument", sa.Text(), nullable=False),
        sa.Column("has_unnamed_holders", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id", "owner_id"],
            ["issue.id", "issue.owner_id"],
            name="fk_position_issue_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_position_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_position_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_position_issue_id"), "position", ["issue_id"], unique=False)
    op.create_table(
        "tenure",
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("on_behalf_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("start_edtf", sa.Text(), nullable=True),
        sa.Column("start_earliest", sa.Date(), nullable=True),
        sa.Column("start_latest", sa.Date(), nullable=True),
        sa.Column("end_edtf", sa.Text(), nullable=True),
        sa.Column("end_earliest", sa.Date(), nullable=True),
        sa.Column("end_latest", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["organization.id"], name=op.f("fk_tenure_on_behalf_of_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tenure_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["post_id", "owner_id"],
            ["post.id", "post.owner_id"],
            name="fk_tenure_post_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_tenure_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenure")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_tenure_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_tenure_on_behalf_of_id"),
        "tenure",
        ["on_behalf_of_id"],
        unique=False,
        sqlite_where=sa.text("on_behalf_of_id IS NOT NULL"),
        postgresql_where=sa.text("on_behalf_of_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_tenure_person_id"), "tenure", ["person_id"], unique=False)
    op.create_index(op.f("ix_tenure_post_id"), "tenure", ["post_id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("property_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "value_status",
            sa.Enum(
                "VALUE",
                "SOME_VALUE",
                "NO_VALUE",
                name="valuestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "value_kind",
            sa.Enum(
                "QUANTITY",
                "TEXT",
                "DATE",
                "NODE",
                name="datatype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("valid_during_edtf", sa.Text(), nullable=True),
        sa.Column("valid_during_earliest", sa.Date(), nullable=True),
        sa.Column("valid_during_latest", sa.Date(), nullable=True),
        sa.Column("quantity_value", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("quantity_lower", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("quantity_upper", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("quantity_unit", sa.Text(), nullable=True),
        sa.Column("quantity_currency", sa.Text(), nullable=True),
        sa.Column(
            "quantity_comparator",
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
            "quantity_bounds_basis",
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
        sa.Column("quantity_display", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("date_edtf", sa.Text(), nullable=True),
        sa.Column("date_earliest", sa.Date(), nullable=True),
        sa.Column("date_latest", sa.Date(), nullable=True),
        sa.Column("value_organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("value_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "certainty",
            sa.Enum(
                "ASSERTED", "HEDGED", "DISPUTED", name="certainty", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "rank",
            sa.Enum(
                "PREFERRED", "NORMAL", "DEPRECATED", name="rank", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("rank_reason", sa.Text(), nullable=True),
        sa.Column("stated_in", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="1", nullable=False),
        sa.Column("created_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", db.sql.types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False),
        sa.Column("subject_organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_workstream_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_output_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN subject_organization_id IS NULL THEN 0 ELSE 1 END + CASE WHEN subject_person_id IS NULL THEN 0 ELSE 1 END + CASE WHEN subject_post_id IS NULL THEN 0 ELSE 1 END + CASE WHEN subject_workstream_id IS NULL THEN 0 ELSE 1 END + CASE WHEN subject_output_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_claim_subject"),
        ),
        sa.ForeignKeyConstraint(["property_id"], ["property.id"], name=op.f("fk_claim_property_id")),
        sa.ForeignKeyConstraint(
            ["subject_organization_id", "owner_id"],
            ["organization.id", "organization.owner_id"],
            name="fk_claim_subject_organization_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_organization_id"],
            ["organization.id"],
            name=op.f("fk_claim_subject_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_output_id", "owner_id"],
            ["output.id", "output.owner_id"],
            name="fk_claim_subject_output_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_output_id"], ["output.id"], name=op.f("fk_claim_subject_output_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_person_id", "owner_id"],
            ["person.id", "person.owner_id"],
            name="fk_claim_subject_person_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_person_id"], ["person.id"], name=op.f("fk_claim_subject_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_post_id", "owner_id"],
            ["post.id", "post.owner_id"],
            name="fk_claim_subject_post_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_post_id"], ["post.id"], name=op.f("fk_claim_subject_post_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_workstream_id", "owner_id"],
            ["workstream.id", "workstream.owner_id"],
            name="fk_claim_subject_workstream_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_workstream_id"],
            ["workstream.id"],
            name=op.f("fk_claim_subject_workstream_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["value_organization_id"],
            ["organization.id"],
            name=op.f("fk_claim_value_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["value_person_id"], ["person.id"], name=op.f("fk_claim_value_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_claim_id_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_claim_owner_id"), "claim", ["owner_id"], unique=False)
    op.create_index(op.f("ix_claim_property_id"), "claim", ["property_id"], unique=False)
    op.create_index(
        op.f("ix_claim_subject_organization_id"),
        "claim",
        ["subject_organization_id"],
        unique=False,
        sqlite_where=sa.text("subject_organization_id IS NOT NULL"),
        postgresql_where=sa.text("subject_organization_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_subject_organization_id_id"), "claim", ["subject_organization_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_claim_subject_organization_id_property_id"),
        "claim",
        ["subject_organization_id", "property_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_claim_subject_output_id"),
        "claim",
        ["subject_output_id"],
        unique=False,
        sqlite_where=sa.text("subject_output_id IS NOT NULL"),
        postgresql_where=sa.text("subject_output_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_subject_person_id"),
        "claim",
        ["subject_person_id"],
        unique=False,
        sqlite_where=sa.text("subject_person_id IS NOT NULL"),
        postgresql_where=sa.text("subject_person_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_subject_post_id"),
        "claim",
        ["subject_post_id"],
        unique=False,
        sqlite_where=sa.text("subject_post_id IS NOT NULL"),
        postgresql_where=sa.text("subject_post_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_subject_workstream_id"),
        "claim",
        ["subject_workstream_id"],
        unique=False,
        sqlite_where=sa.text("subject_workstream_id IS NOT NULL"),
        postgresql_where=sa.text("subject_workstream_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_value_organization_id"),
        "claim",
        ["value_organization_id"],
        unique=False,
        sqlite_where=sa.text("value_organization_id IS NOT NULL"),
        postgresql_where=sa.text("value_organization_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_value_person_id"),
        "claim",
        ["value_person_id"],
        unique=False,
        sqlite_where=sa.text("value_person_id IS NOT NULL"),
        postgresql_where=sa.text("value_person_id IS NOT NULL"),
    )
    op.create_table(
        "position_holder",
        sa.Column("position_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_position_holder_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["position_id"], ["position.id"], name=op.f("fk_position_holder_position_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("position_id", "organization_id", name=op.f("pk_position_holder")),
    )
    op.create_index(op.f("ix_position_holder_organization_id"), "position_holder", ["organization_id"], unique=False)
    op.create_table(
        "assessment_claim",
        sa.Column("assessment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_claim_assessment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_assessment_claim_claim_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("assessment_id", "claim_id", name=op.f("pk_assessment_claim")),
    )
    op.create_index(op.f("ix_assessment_claim_claim_id"), "assessment_claim", ["claim_id"], unique=False)
    op.create_table(
        "citation",
        sa.Column("passage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("end", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("exact", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False),
        sa.Column("assessment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("position_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("relation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("partnership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tenure_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("workstream_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("participation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("output_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint('"start" >= 0 AND "end" > "start"', name=op.f("ck_citation_span")),
        sa.CheckConstraint(
            "CASE WHEN assessment_id IS NULL THEN 0 ELSE 1 END + CASE WHEN claim_id IS NULL THEN 0 ELSE 1 END + CASE WHEN issue_id IS NULL THEN 0 ELSE 1 END + CASE WHEN position_id IS NULL THEN 0 ELSE 1 END + CASE WHEN organization_id IS NULL THEN 0 ELSE 1 END + CASE WHEN relation_id IS NULL THEN 0 ELSE 1 END + CASE WHEN partnership_id IS NULL THEN 0 ELSE 1 END + CASE WHEN post_id IS NULL THEN 0 ELSE 1 END + CASE WHEN tenure_id IS NULL THEN 0 ELSE 1 END + CASE WHEN source_id IS NULL THEN 0 ELSE 1 END + CASE WHEN workstream_id IS NULL THEN 0 ELSE 1 END + CASE WHEN participation_id IS NULL THEN 0 ELSE 1 END + CASE WHEN output_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_citation_supports"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id", "owner_id"],
            ["assessment.id", "assessment.owner_id"],
            name="fk_citation_assessment_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_citation_assessment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["claim_id", "owner_id"],
            ["claim.id", "claim.owner_id"],
            name="fk_citation_claim_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_citation_claim_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["issue_id", "owner_id"],
            ["issue.id", "issue.owner_id"],
            name="fk_citation_issue_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_citation_issue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organization_id", "owner_id"],
            ["organization.id", "organization.owner_id"],
            name="fk_citation_organization_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_citation_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["output_id", "owner_id"],
            ["output.id", "output.owner_id"],
            name="fk_citation_output_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["output_id"], ["output.id"], name=op.f("fk_citation_output_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["participation_id", "owner_id"],
            ["participation.id", "participation.owner_id"],
            name="fk_citation_participation_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participation.id"], name=op.f("fk_citation_participation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id", "owner_id"],
            ["partnership.id", "partnership.owner_id"],
            name="fk_citation_partnership_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_citation_partnership_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passage.id"], name=op.f("fk_citation_passage_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["position_id", "owner_id"],
            ["position.id", "position.owner_id"],
            name="fk_citation_position_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["position_id"], ["position.id"], name=op.f("fk_citation_position_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id", "owner_id"],
            ["post.id", "post.owner_id"],
            name="fk_citation_post_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_citation_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["relation_id", "owner_id"],
            ["organization_relation.id", "organization_relation.owner_id"],
            name="fk_citation_relation_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["relation_id"], ["organization_relation.id"], name=op.f("fk_citation_relation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "owner_id"],
            ["source.id", "source.owner_id"],
            name="fk_citation_source_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_citation_source_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenure_id", "owner_id"],
            ["tenure.id", "tenure.owner_id"],
            name="fk_citation_tenure_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenure_id"], ["tenure.id"], name=op.f("fk_citation_tenure_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workstream_id", "owner_id"],
            ["workstream.id", "workstream.owner_id"],
            name="fk_citation_workstream_id_owner_id",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workstream_id"], ["workstream.id"], name=op.f("fk_citation_workstream_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citation")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_citation_assessment_id"),
        "citation",
        ["assessment_id"],
        unique=False,
        sqlite_where=sa.text("assessment_id IS NOT NULL"),
        postgresql_where=sa.text("assessment_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_claim_id"),
        "citation",
        ["claim_id"],
        unique=False,
        sqlite_where=sa.text("claim_id IS NOT NULL"),
        postgresql_where=sa.text("claim_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_issue_id"),
        "citation",
        ["issue_id"],
        unique=False,
        sqlite_where=sa.text("issue_id IS NOT NULL"),
        postgresql_where=sa.text("issue_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_organization_id"),
        "citation",
        ["organization_id"],
        unique=False,
        sqlite_where=sa.text("organization_id IS NOT NULL"),
        postgresql_where=sa.text("organization_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_output_id"),
        "citation",
        ["output_id"],
        unique=False,
        sqlite_where=sa.text("output_id IS NOT NULL"),
        postgresql_where=sa.text("output_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_participation_id"),
        "citation",
        ["participation_id"],
        unique=False,
        sqlite_where=sa.text("participation_id IS NOT NULL"),
        postgresql_where=sa.text("participation_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_partnership_id"),
        "citation",
        ["partnership_id"],
        unique=False,
        sqlite_where=sa.text("partnership_id IS NOT NULL"),
        postgresql_where=sa.text("partnership_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_citation_passage_id"), "citation", ["passage_id"], unique=False)
    op.create_index(
        op.f("ix_citation_position_id"),
        "citation",
        ["position_id"],
        unique=False,
        sqlite_where=sa.text("position_id IS NOT NULL"),
        postgresql_where=sa.text("position_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_post_id"),
        "citation",
        ["post_id"],
        unique=False,
        sqlite_where=sa.text("post_id IS NOT NULL"),
        postgresql_where=sa.text("post_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_relation_id"),
        "citation",
        ["relation_id"],
        unique=False,
        sqlite_where=sa.text("relation_id IS NOT NULL"),
        postgresql_where=sa.text("relation_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_source_id"),
        "citation",
        ["source_id"],
        unique=False,
        sqlite_where=sa.text("source_id IS NOT NULL"),
        postgresql_where=sa.text("source_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_tenure_id"),
        "citation",
        ["tenure_id"],
        unique=False,
        sqlite_where=sa.text("tenure_id IS NOT NULL"),
        postgresql_where=sa.text("tenure_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_citation_workstream_id"),
        "citation",
        ["workstream_id"],
        unique=False,
        sqlite_where=sa.text("workstream_id IS NOT NULL"),
        postgresql_where=sa.text("workstream_id IS NOT NULL"),
    )
    op.create_table(
        "claim_conflict",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("property_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chosen_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("compatible", sa.Boolean(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject_organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_workstream_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_output_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN subject_organization_id IS NULL THEN 0 ELSE 1 END + CASE WHEN subject_person_id IS NULL THEN 0 ELSE 1 END + CASE WHEN subject_post_id IS NULL THEN 0 ELSE 1 END + CASE WHEN subject_workstream_id IS NULL THEN 0 ELSE 1 END + CASE WHEN subject_output_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_claim_conflict_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["chosen_id"], ["claim.id"], name=op.f("fk_claim_conflict_chosen_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_claim_conflict_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["property_id"], ["property.id"], name=op.f("fk_claim_conflict_property_id")),
        sa.ForeignKeyConstraint(
            ["subject_organization_id"],
            ["organization.id"],
            name=op.f("fk_claim_conflict_subject_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_output_id"], ["output.id"], name=op.f("fk_claim_conflict_subject_output_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_person_id"], ["person.id"], name=op.f("fk_claim_conflict_subject_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_post_id"], ["post.id"], name=op.f("fk_claim_conflict_subject_post_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_workstream_id"],
            ["workstream.id"],
            name=op.f("fk_claim_conflict_subject_workstream_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_conflict")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_claim_conflict_chosen_id"),
        "claim_conflict",
        ["chosen_id"],
        unique=False,
        sqlite_where=sa.text("chosen_id IS NOT NULL"),
        postgresql_where=sa.text("chosen_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_claim_conflict_organization_id"), "claim_conflict", ["organization_id"], unique=False)
    op.create_index(op.f("ix_claim_conflict_property_id"), "claim_conflict", ["property_id"], unique=False)
    op.create_index(
        op.f("ix_claim_conflict_subject_organization_id"),
        "claim_conflict",
        ["subject_organization_id"],
        unique=False,
        sqlite_where=sa.text("subject_organization_id IS NOT NULL"),
        postgresql_where=sa.text("subject_organization_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_conflict_subject_output_id"),
        "claim_conflict",
        ["subject_output_id"],
        unique=False,
        sqlite_where=sa.text("subject_output_id IS NOT NULL"),
        postgresql_where=sa.text("subject_output_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_conflict_subject_person_id"),
        "claim_conflict",
        ["subject_person_id"],
        unique=False,
        sqlite_where=sa.text("subject_person_id IS NOT NULL"),
        postgresql_where=sa.text("subject_person_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_conflict_subject_post_id"),
        "claim_conflict",
        ["subject_post_id"],
        unique=False,
        sqlite_where=sa.text("subject_post_id IS NOT NULL"),
        postgresql_where=sa.text("subject_post_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_conflict_subject_workstream_id"),
        "claim_conflict",
        ["subject_workstream_id"],
        unique=False,
        sqlite_where=sa.text("subject_workstream_id IS NOT NULL"),
        postgresql_where=sa.text("subject_workstream_id IS NOT NULL"),
    )
    op.create_table(
        "metric_alternative",
        sa.Column("metric_value_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
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
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
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
    op.create_index(
        op.f("ix_metric_alternative_claim_id"),
        "metric_alternative",
        ["claim_id"],
        unique=False,
        sqlite_where=sa.text("claim_id IS NOT NULL"),
        postgresql_where=sa.text("claim_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_alternative_metric_value_id"), "metric_alternative", ["metric_value_id"], unique=False
    )
    op.create_table(
        "metric_input",
        sa.Column("metric_value_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("used_value", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("used_lower", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("used_upper", db.sql.types.ExactDecimal(), nullable=True),
        sa.Column("used_unit", sa.Text(), nullable=True),
        sa.Column("used_currency", sa.Text(), nullable=True),
        sa.Column(
            "used_comparator",
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
            "used_bounds_basis",
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
        sa.Column("used_display", sa.Text(), nullable=True),
        sa.Column("used_as_of", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("partnership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assessment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("position_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tenure_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("participation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("workstream_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("output_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("relation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_metric_input_assessment_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_metric_input_claim_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["metric_value_id"], ["metric_value.id"], name=op.f("fk_metric_input_metric_value_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_metric_input_organization_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["output_id"], ["output.id"], name=op.f("fk_metric_input_output_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["participation_id"],
            ["participation.id"],
            name=op.f("fk_metric_input_participation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_metric_input_partnership_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["position_id"], ["position.id"], name=op.f("fk_metric_input_position_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["tenure_id"], ["tenure.id"], name=op.f("fk_metric_input_tenure_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["workstream_id"], ["workstream.id"], name=op.f("fk_metric_input_workstream_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_metric_input_issue_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_metric_input_source_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_metric_input_post_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["relation_id"], ["organization_relation.id"], name=op.f("fk_metric_input_relation_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_input")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_metric_input_assessment_id"),
        "metric_input",
        ["assessment_id"],
        unique=False,
        sqlite_where=sa.text("assessment_id IS NOT NULL"),
        postgresql_where=sa.text("assessment_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_claim_id"),
        "metric_input",
        ["claim_id"],
        unique=False,
        sqlite_where=sa.text("claim_id IS NOT NULL"),
        postgresql_where=sa.text("claim_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_metric_input_metric_value_id"), "metric_input", ["metric_value_id"], unique=False)
    op.create_index(
        op.f("ix_metric_input_organization_id"),
        "metric_input",
        ["organization_id"],
        unique=False,
        sqlite_where=sa.text("organization_id IS NOT NULL"),
        postgresql_where=sa.text("organization_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_output_id"),
        "metric_input",
        ["output_id"],
        unique=False,
        sqlite_where=sa.text("output_id IS NOT NULL"),
        postgresql_where=sa.text("output_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_participation_id"),
        "metric_input",
        ["participation_id"],
        unique=False,
        sqlite_where=sa.text("participation_id IS NOT NULL"),
        postgresql_where=sa.text("participation_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_partnership_id"),
        "metric_input",
        ["partnership_id"],
        unique=False,
        sqlite_where=sa.text("partnership_id IS NOT NULL"),
        postgresql_where=sa.text("partnership_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_position_id"),
        "metric_input",
        ["position_id"],
        unique=False,
        sqlite_where=sa.text("position_id IS NOT NULL"),
        postgresql_where=sa.text("position_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_tenure_id"),
        "metric_input",
        ["tenure_id"],
        unique=False,
        sqlite_where=sa.text("tenure_id IS NOT NULL"),
        postgresql_where=sa.text("tenure_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_workstream_id"),
        "metric_input",
        ["workstream_id"],
        unique=False,
        sqlite_where=sa.text("workstream_id IS NOT NULL"),
        postgresql_where=sa.text("workstream_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_issue_id"),
        "metric_input",
        ["issue_id"],
        unique=False,
        sqlite_where=sa.text("issue_id IS NOT NULL"),
        postgresql_where=sa.text("issue_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_source_id"),
        "metric_input",
        ["source_id"],
        unique=False,
        sqlite_where=sa.text("source_id IS NOT NULL"),
        postgresql_where=sa.text("source_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_post_id"),
        "metric_input",
        ["post_id"],
        unique=False,
        sqlite_where=sa.text("post_id IS NOT NULL"),
        postgresql_where=sa.text("post_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_metric_input_relation_id"),
        "metric_input",
        ["relation_id"],
        unique=False,
        sqlite_where=sa.text("relation_id IS NOT NULL"),
        postgresql_where=sa.text("relation_id IS NOT NULL"),
    )
    op.create_table(
        "claim_conflict_claim",
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conflict_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_claim_conflict_claim_claim_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conflict_id"], ["claim_conflict.id"], name=op.f("fk_claim_conflict_claim_conflict_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claim_conflict_claim")),
    )
    op.create_index(op.f("ix_claim_conflict_claim_conflict_id"), "claim_conflict_claim", ["conflict_id"], unique=False)
