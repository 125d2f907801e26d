"""Indexes of columns that may be null leave those rows out

Of references to one of several types most are null. SQLite takes it for a way to few rows that a column is null, and by
that walked through every value to find those of one organization that have no peer.
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Any = None
depends_on: Any = None

COLUMNS: Final = {
    "job": ("definition_id",),
    "metric_value": ("peer_id",),
    "metric_revision": ("cause_id",),
    "tenure": ("on_behalf_of_id",),
    "claim": (
        "subject_organization_id",
        "subject_output_id",
        "subject_person_id",
        "subject_post_id",
        "subject_workstream_id",
        "value_organization_id",
        "value_person_id",
    ),
    "citation": (
        "assessment_id",
        "claim_id",
        "issue_id",
        "organization_id",
        "output_id",
        "participation_id",
        "partnership_id",
        "position_id",
        "post_id",
        "relation_id",
        "source_id",
        "tenure_id",
        "workstream_id",
    ),
    "claim_conflict": (
        "chosen_id",
        "subject_organization_id",
        "subject_output_id",
        "subject_person_id",
        "subject_post_id",
        "subject_workstream_id",
    ),
    "metric_alternative": ("claim_id",),
    "metric_input": (
        "assessment_id",
        "claim_id",
        "organization_id",
        "output_id",
        "participation_id",
        "partnership_id",
        "position_id",
        "tenure_id",
        "workstream_id",
    ),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            where = sa.text(f"{column} IS NOT NULL")
            _replace(table, column, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            _replace(table, column)


def _replace(table: str, column: str, **options: Any) -> None:
    name = f"ix_{table}_{column}"
    op.drop_index(name, table)
    op.create_index(name, table, [column], **options)
