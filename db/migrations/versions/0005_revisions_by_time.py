"""Revisions are found by their time"""

from typing import Any

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_index("ix_metric_revision_computed_at", "metric_revision", ["computed_at"])


def downgrade() -> None:
    op.drop_index("ix_metric_revision_computed_at", "metric_revision")
