"""The environment. Every setting of Convene is a field of `Settings`; nothing else reads the environment."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from schema.operation_limits import Limits

PREFIX: Final = "CONVENE_"
# Variables of the project's tests, which the program inherits from them.
TESTS: Final = (f"{PREFIX}TEST_", f"{PREFIX}PROOF_")
SCHEMES: Final = {"database_url": ("sqlite", "postgresql"), "redis_url": ("redis", "rediss", "unix")}
# The parameters of a Postgres URL that the driver takes as text.
PARAMETERS: Final = ("host", "port", "ssl", "passfile", "target_session_attrs", "krbsrvname", "gsslib")
_SHOWN_CHARACTERS: Final = 80


class Settings(Limits, BaseSettings):
    """Reads each field from `CONVENE_<FIELD>`; an empty value counts as absent. Raises `ValidationError`.

    A variable with this prefix that is no setting is refused, as it would have no effect.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True)

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

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, given: Any) -> Any:
        known = [name.upper() for name in cls.model_fields]
        for name in sorted(name.upper() for name, value in os.environ.items() if value):
            if not name.startswith(PREFIX) or name.startswith(TESTS):
                continue
            own = name.removeprefix(PREFIX)
            if own not in known:
                near = get_close_matches(own, known, n=1)
                cure = f"did you mean {PREFIX}{near[0]}?" if near else "docs/reference/settings.md lists all"
                raise ValueError(f"a known setting, got {name}: {cure}")
        return given

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
        if info.field_name == "database_url":
            _check_database(parts)
        return url

    @property
    def database(self) -> str:
        """The URL of the database; without it, SQLite in the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'convene.db'}"


def _check_database(parts: SplitResult) -> None:
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    if parts.scheme == "sqlite":
        if parts.netloc:
            raise ValueError("as sqlite:///PATH, with three slashes before the path, got two")
        if parts.path == "/:memory:":
            raise ValueError("to name a file, got :memory:, of which each connection would have one of its own")
        if names:
            raise ValueError(f"without parameters after the file, got {names[0]!r}")
    if parts.scheme == "postgresql" and (unknown := [name for name in names if name not in PARAMETERS]):
        cure = "write ssl=require instead" if unknown[0] == "sslmode" else f"known are {', '.join(PARAMETERS)}"
        raise ValueError(f"with known parameters, got {unknown[0]!r}: {cure}")


def problems(error: ValidationError) -> Iterator[str]:
    """Each bad setting in words: the expected value, the actual one and, where it helps, the cure."""
    for problem in error.errors():
        cause = problem.get("ctx", {}).get("error")
        if not problem["loc"]:
            yield f"expected {cause}"
            continue
        name = str(problem["loc"][0])
        got = repr(problem["input"])
        shown = got if len(got) <= _SHOWN_CHARACTERS else f"{got[:_SHOWN_CHARACTERS]}…"
        expected = cause or f"to be {_kind(Settings.model_fields[name])}, got {shown}"
        yield f"expected {PREFIX}{name.upper()} {expected}"


def _kind(field: FieldInfo) -> str:
    return f"a whole number {bounds(field)}".rstrip() if field.annotation is int else "a path"


def bounds(field: FieldInfo) -> str:
    """The range of a number in words, empty if there is none."""
    found = {
        name: value
        for one in field.metadata
        for name in ("ge", "le")
        if (value := getattr(one, name, None)) is not None
    }
    match found:
        case {"ge": least, "le": most}:
            return f"from {least} to {most}"
        case {"ge": least}:
            return f"from {least}"
        case _:
            return ""
