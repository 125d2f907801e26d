"""The error for a broken record: the file, the line, the field, the expected value and the actual one."""

import re
import tomllib
from pathlib import Path
from typing import Final

from pydantic_core import ErrorDetails

from seed import locate

AT_LINE: Final = re.compile(r"\(at line (\d+)")


class RecordError(ValueError):
    """The record is refused as a whole. `line` counts from 1."""

    def __init__(self, file: Path, line: int, field: str, problem: str) -> None:
        super().__init__(f"{file}:{line}: {field}: {problem}")
        self.file, self.line, self.field = file, line, field

    @classmethod
    def at(cls, file: Path, path: locate.Path, problem: str, got: object = None) -> "RecordError":
        """Return the error at `path`, such as `("claims", 2, "value")`, in the file."""
        return cls(file, locate.line_of(_text(file), path, got), _field(path), problem)

    @classmethod
    def of_syntax(cls, file: Path, error: tomllib.TOMLDecodeError) -> "RecordError":
        lines = _text(file).splitlines() or [""]
        found = AT_LINE.search(str(error))
        line = int(found[1]) if found else len(lines)
        key = locate.KEY.match(lines[min(line, len(lines)) - 1])
        return cls(file, line, key[1] if key else "syntax", f"expected TOML 1.0, got: {error}")

    @classmethod
    def of_shape(cls, file: Path, details: ErrorDetails) -> "RecordError":
        path, context, got = details["loc"], details.get("ctx", {}), details["input"]
        match details["type"]:
            case "unknown_field":
                return cls.at(file, (*path, context["name"]), details["msg"])
            case "value_error":
                return cls.at(file, path, str(context["error"]), got)
            case "missing":
                return cls.at(file, path, "expected a value, got none")
            case _:
                return cls.at(file, path, f"{details['msg']}, got {got!r}", got)


def _text(file: Path) -> str:
    return file.read_bytes().decode()


def _field(path: locate.Path) -> str:
    """Return the path as text, such as `claims[2].value`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".") or "record"
