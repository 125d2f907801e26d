"""The environment. Every setting of Convene is a field of `Settings`; nothing else reads the environment."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schema.operation_limits import Limits

SCHEMES: Final = {"database_url": ("sqlite", "postgresql"), "redis_url": ("redis", "rediss", "unix")}


class Settings(Limits, BaseSettings):
    """Reads each field from `CONVENE_<FIELD>`; an empty value counts as absent. Raises `ValidationError`."""

    model_config = SettingsConfigDict(env_prefix="CONVENE_", env_ignore_empty=True)

    host: str = Field(default="127.0.0.1", description="Address that the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that the server listens on.")
    data_dir: Path = Field(default=Path("var"), description="Directory of the embedded database and the admin key.")
    database_url: str | None = Field(
        default=None, description="`postgresql://…` or `sqlite:///…`; without it, SQLite in the data directory."
    )
    redis_url: str | None = Field(
        default=None,
        description="`redis://…`, `rediss://…` or `unix://…`; without it, an embedded server.",
    )

    max_subscriptions: int = Field(default=1000, ge=0, description="Maximum number of open subscriptions in a process.")
    max_socket_operations: int = Field(
        default=100, ge=1, description="Maximum number of running operations on a WebSocket."
    )

    @field_validator("database_url", "redis_url")
    @classmethod
    def _well_formed(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None:
            return None
        schemes = SCHEMES[info.field_name or ""]
        # A message repeats only the scheme: the rest may hold a password.
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            raise ValueError("to be a URL, got an unreadable one: is its password percent-encoded?") from None
        if parts.scheme not in schemes:
            known = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ValueError(f"to begin with {known}, got {parts.scheme + '://' if parts.scheme else 'no scheme'}")
        if not (parts.netloc or parts.path.strip("/")):
            raise ValueError(f"to have a host or a path after {parts.scheme}://, got nothing")
        return url

    @property
    def database(self) -> str:
        """The URL of the database; without it, SQLite in the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'convene.db'}"
