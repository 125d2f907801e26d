"""Writes the pages of `docs/reference/` that follow from the code: `make docs`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from typer.main import get_command

from api.cli import app
from api.settings import Settings, bounds
from schema.errors import ErrorCode
from schema.write import MutationError
from workers.metrics.catalogue import CATALOGUE

FOLDER: Final = Path(__file__).parent / "reference"
_NOTE: Final = "`make docs` writes this page from `{source}`. Edit the text there."


def settings() -> str:
    """Every setting, in the order of `Settings`: where the program runs first, then the limits."""
    own = Settings.__annotations__
    fields = sorted(Settings.model_fields.items(), key=lambda item: item[0] not in own)
    rows = ((f"`CONVENE_{name.upper()}`", _default(field), bounds(field), _meaning(field)) for name, field in fields)
    before = (
        "Convene reads its settings from the environment. An empty variable counts as unset. A variable that begins\n"
        "with `CONVENE_` and is not in the table is refused, because it would have no effect."
    )
    return _page("Settings", "api/settings.py", before, _table(("variable", "default", "range", "meaning"), rows))


def errors() -> str:
    """Every code of a response's errors, and those of a mutation's payload."""
    before = (
        "An error in `errors` has its code in `extensions.code`. A mutation that refuses its input answers without\n"
        "`errors`: its payload is one of the types below, whose field `code` has the code."
    )
    codes = _table(("code", "meaning"), ((f"`{code.value}`", code.__doc__) for code in ErrorCode))
    refusals: Any = MutationError.__subclasses__()
    kinds = ((f"`{code_of(one)}`", f"`{one.__name__}`", one.__strawberry_definition__.description) for one in refusals)
    payloads = _table(("code", "type", "meaning"), kinds)
    return _page(
        "Errors", "schema/errors.py` and `schema/write.py", before, codes, "## Payloads of mutations", payloads
    )


def code_of(refusal: type) -> str:
    """The code of a type of refusal: `NotFoundError` has `NOT_FOUND`."""
    return re.sub("(?<!^)([A-Z])", r"_\1", refusal.__name__.removesuffix("Error")).upper()


def commands() -> str:
    """Every command with its arguments and options, as `--help` has them."""
    sections = [
        part
        for name, command, words in _commands(get_command(app), "convene")
        for part in _section(name, command, words)
    ]
    before = "`make run` runs `convene serve`. The program is `.venv/bin/convene`."
    return _page("Commands", "api/cli.py", before, *sections)


def metrics() -> str:
    """Every metric with its formula and what it depends on, in the catalogue's order."""
    before = (
        "A metric is recomputed when something that it depends on changes. One that changes with time is also\n"
        "recomputed every night. The query `metricDefinitions` returns the same."
    )
    overview = _table(
        ("key", "title", "unit", "changes with time"),
        (
            (f"[`{one.key}`](#{one.key})", one.title, one.unit, "yes" if one.time_dependent else "no")
            for one in CATALOGUE
        ),
    )
    sections: list[str] = []
    for one in CATALOGUE:
        depends = ", ".join(f"`{fact}`" for fact in one.depends_on)
        sections += [
            f"## {one.key}",
            one.description,
            f"- Formula: {one.formula}\n- Depends on: {depends}\n- Version: {one.version}",
        ]
    return _page("Metrics", "workers/metrics/catalogue.py", before, overview, *sections)


PAGES: Final = {"settings": settings, "errors": errors, "commands": commands, "metrics": metrics}


def _page(title: str, source: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", _NOTE.format(source=source), *parts)) + "\n"


def _table(heads: Sequence[str], rows: Any) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _default(field: FieldInfo) -> str:
    return f"`{field.default}`" if field.default is not None else ""


def _meaning(field: FieldInfo) -> str:
    return field.description or ""


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, Any, str]]:
    """Each command with its full name, and the one line that `--help` has for it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command, command.help


def _section(name: str, command: Any, words: str) -> Iterator[str]:
    arguments = " ".join(
        f"[{one.name.upper()}]" if not one.required else one.name.upper() for one in _arguments(command)
    )
    yield f"## {name}\n\n    {f'{name} {arguments}'.rstrip()}"
    yield words
    if command.params:
        yield _table(("argument or option", "default", "meaning"), (_parameter(one) for one in command.params))


def _arguments(command: Any) -> list[Any]:
    return [one for one in command.params if one.param_type_name == "argument"]


def _parameter(one: Any) -> tuple[str, str, str]:
    is_argument = one.param_type_name == "argument"
    spelled = (
        f"`{one.name.upper()}`" if is_argument else ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
    )
    return spelled, _shown(one), one.help or ""


def _shown(one: Any) -> str:
    if one.default is None or one.default is False:
        return ""
    return f"`{one.opts[0]}`" if one.default is True else f"`{one.default}`"


def write(pages: Mapping[str, Any] = PAGES, folder: Path = FOLDER) -> None:
    """The folder's pages are current."""
    for name, page in pages.items():
        (folder / f"{name}.md").write_text(page())


if __name__ == "__main__":
    write()
