"""The environment, read once: every setting of Convene is a field of `Settings`."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schema.operation_limits import Limits

SCHEMES: Final = {"database_url": ("sqlite", "postgresql"), "redis_url": ("redis", "rediss", "unix")}


class Settings(Limits, BaseSettings):
    """Reads `CONVENE_<FIELD>` from the environment; a value of the wrong kind raises `ValidationError`.

    An empty value counts as none.
    """

    model_config = SettingsConfigDict(env_prefix="CONVENE_", env_ignore_empty=True)

    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the server listens on.")
    data_dir: Path = Field(default=Path("var"), description="Where the embedded database and the admin key live.")
    database_url: str | None = Field(
        default=None, description="`postgresql://…` or `sqlite:///…`; without it, SQLite in the data directory."
    )
    redis_url: str | None = Field(
        default=None, description="`redis://…` or `unix://…`; without it, a server embedded in `convene serve`."
    )

    max_subscriptions: int = Field(default=1000, ge=0, description="Subscriptions that a process has at a time.")
    max_socket_operations: int = Field(default=100, ge=1, description="Operations that a WebSocket has at a time.")

    @field_validator("database_url", "redis_url")
    @classmethod
    def _well_formed(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None:
            return None
        schemes = SCHEMES[info.field_name or ""]
        # Nothing of it is repeated but the scheme, for it may hold a password.
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            raise ValueError("must be a URL, got one that can't be read: is its password percent-encoded?") from None
        if parts.scheme not in schemes:
            wanted = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ValueError(f"must begin with {wanted}, got {parts.scheme + '://' if parts.scheme else 'no scheme'}")
        if not (parts.netloc or parts.path.strip("/")):
            raise ValueError(f"must say where after {parts.scheme}://, got nothing")
        return url

    @property
    def database(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'convene.db'}"
