"""API keys, which allow mutations."""

from datetime import UTC, datetime

from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base
from db.sql.types import enum_type
from db.values.vocabulary import KeyRole


class ApiKey(Base):
    """An API key. Only its SHA-256 is stored: it has 256 random bits, so a slow hash would add no security."""

    __tablename__ = "api_key"

    # The audit log names the key's holder, so a name belongs to one key, even if that is revoked.
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[KeyRole] = mapped_column(enum_type(KeyRole))
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    revoked_at: Mapped[datetime | None]
