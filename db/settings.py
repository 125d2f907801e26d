"""The environment, read once: every setting of Convene is a field of `Settings`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Reads `CONVENE_<FIELD>` from the environment; a value of the wrong kind raises `ValidationError`."""

    model_config = SettingsConfigDict(env_prefix="CONVENE_")

    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the server listens on.")
    data_dir: Path = Field(default=Path("var"), description="Where the embedded database and the admin key live.")
    database_url: str | None = Field(
        default=None, description="`postgresql://…` or `sqlite:///…`; without it, SQLite in the data directory."
    )
    redis_url: str | None = Field(
        default=None, description="`redis://…` or `unix://…`; without it, a server embedded in `convene serve`."
    )

    @property
    def database(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'convene.db'}"
