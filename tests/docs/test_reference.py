"""The generated pages of the reference match the code."""

from pathlib import Path

import pytest
from typer.main import get_command

from api.cli import app
from api.settings import Settings
from db.errors import DomainError
from docs.generate import FOLDER, PAGES, commands, errors, metrics, settings, write
from schema.errors import ErrorCode
from workers.metrics.catalogue import CATALOGUE


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_current(name: str) -> None:
    assert (FOLDER / f"{name}.md").read_text() == PAGES[name](), (
        "expected a current page, got an old one: run `make docs`"
    )


def test_a_changed_text_changes_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ErrorCode.FORBIDDEN, "__doc__", "Another text.")
    assert "| `FORBIDDEN` | Another text. |" in errors()
    assert (FOLDER / "errors.md").read_text() != errors()


def test_writing_replaces_only_the_given_pages(tmp_path: Path) -> None:
    write({"errors": errors}, tmp_path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"errors.md": errors()}


def test_every_setting_has_a_row() -> None:
    page = settings()
    for name, field in Settings.model_fields.items():
        assert f"| `CONVENE_{name.upper()}` |" in page
        assert field.description
        assert field.description in page


def test_every_code_has_a_row() -> None:
    page = errors()
    codes = [*(code.value for code in ErrorCode), *(kind.code for kind in DomainError.__subclasses__())]
    assert [code for code in codes if f"| `{code}` |" not in page] == []


def test_every_command_has_a_section() -> None:
    page = commands()
    named = get_command(app).commands  # pyright: ignore[reportAttributeAccessIssue]
    assert [name for name in named if f"## convene {name}" not in page] == []


def test_every_metric_has_a_section() -> None:
    page = metrics()
    assert [one.key for one in CATALOGUE if f"## {one.key}\n\n{one.description}" not in page] == []
