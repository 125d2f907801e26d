"""Indexes in the order of pages

A page of a parent's rows is read in the order of their ids. Without an index in that order Postgres may walk through all
rows of the table by id, in the hope of meeting enough of the parent's soon.
"""

from typing import Any, Final

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Any = None
depends_on: Any = None

# Each table with the column that its pages are of.
PAGES: Final = (
    ("change", "organization_id"),
    ("claim", "subject_organization_id"),
    ("organization", "is_convener"),
    ("output", "workstream_id"),
    ("participation", "workstream_id"),
    ("partnership", "partner_id"),
)
# Whose indexes by that column alone are part of the new ones.
REPLACED: Final = (("change", "organization_id"), ("output", "workstream_id"), ("partnership", "partner_id"))


def upgrade() -> None:
    for table, column in PAGES:
        op.create_index(f"ix_{table}_{column}_id", table, [column, "id"])
    for table, column in REPLACED:
        op.drop_index(f"ix_{table}_{column}", table)


def downgrade() -> None:
    for table, column in REPLACED:
        op.create_index(f"ix_{table}_{column}", table, [column])
    for table, column in PAGES:
        op.drop_index(f"ix_{table}_{column}_id", table)
