"""The environment, read once: every setting of Convene is a field of `Settings`."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SCHEMES: Final = {"database_url": ("sqlite", "postgresql"), "redis_url": ("redis", "rediss", "unix")}


class Limits(BaseModel):
    """How large an operation may be: what the defaults admit runs on both databases."""

    max_characters: int = Field(default=100_000, ge=1, description="Characters of a document.")
    max_tokens: int = Field(default=4000, ge=1, description="Tokens of a document, comments among them.")
    # More than these, all at once, come near to SQLite's 1,000 levels of an expression: 660 items were too many.
    max_depth: int = Field(default=16, ge=1, le=16, description="Fields within fields; fragments don't count.")
    max_input_depth: int = Field(
        default=12, ge=1, le=12, description="Lists and inputs within each other in an argument."
    )
    max_items: int = Field(
        default=500,
        ge=1,
        le=500,
        description="List items and input fields in all arguments, a page's for each part of it.",
    )
    max_fields: int = Field(
        default=1000, ge=1, description="Fields of an operation, fragments and interfaces written out."
    )
    max_root_fields: int = Field(default=50, ge=1, description="Fields of an operation that are within no other.")
    max_aliases: int = Field(default=200, ge=0, description="Aliases in a document.")
    max_directives: int = Field(default=200, ge=0, description="Directives in a document.")
    max_fragments: int = Field(default=100, ge=0, description="Named fragments in a document.")
    max_cost: int = Field(default=500_000, ge=1, description="Values that an answer may hold where its pages are full.")

    @property
    def max_nesting(self) -> int:
        """How deep brackets may nest: a fragment around every field, and arguments within the deepest one."""
        return 2 * self.max_depth + self.max_input_depth + 1


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
