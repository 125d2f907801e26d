"""The how-to pages work: each is followed on a copy of the tree."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import HOW_TO, Page, Tree, apply_diff

PAGES = sorted(page.stem for page in HOW_TO.glob("*.md") if page.stem != "README")

# Each page starts programs, so pages that run in parallel would only slow each other down.
pytestmark = pytest.mark.xdist_group("how-to")


@pytest.mark.parametrize("name", PAGES)
def test_page_does_what_it_says(name: str, tmp_path: Path) -> None:
    page, tree = Page.read(name), Tree(tmp_path / "tree")
    assert len(page.files) == page.limit, page.files
    tree.follow(page)
    if python := " ".join(file for file in page.files if file.endswith(".py")):
        tree.run(f"ruff format --check {python} && ruff check {python}")


def test_copy_runs_its_own_modules(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    assert tree.run("python -c 'import api.cli; print(api.cli.__file__)'").strip() == str(tree.folder / "api/cli.py")
    (tree.folder / "api/cli.py").write_text("def app(): print('the copy')")
    assert tree.run("convene") == "the copy\n"


def test_index_names_every_page() -> None:
    assert sorted(re.findall(r"\]\(([\w-]+)\.md\)", (HOW_TO / "README.md").read_text())) == PAGES


def test_failing_command_fails_the_page(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    with pytest.raises(AssertionError, match="lost"):
        tree.follow(Page("page", "```sh\necho lost\nfalse\n```\n"))


TEXT = "one\n\ntwo\nthree\n"


def test_diff_changes_lines_in_their_context() -> None:
    assert apply_diff(TEXT, " one\n\n-two\n+2\n@@\n three\n+four\n", "a") == "one\n\n2\nthree\nfour\n"


@pytest.mark.parametrize("diff", [" zero\n+half\n", " on\n+half\n", "-two\n three\n-four\n", " two\n+half\n @@\n"])
def test_diff_that_does_not_fit_is_refused(diff: str) -> None:
    with pytest.raises(LookupError, match="expected these lines once in a, got them 0 times"):
        apply_diff(TEXT, diff, "a")


def test_diff_that_fits_twice_is_refused() -> None:
    with pytest.raises(LookupError, match="2 times"):
        apply_diff("one\ntwo\none\n", " one\n+half\n", "a")


def test_page_that_creates_an_existing_file_is_refused(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    with pytest.raises(FileExistsError, match=r"expected a new file, got db/errors\.py"):
        tree.follow(Page("page", '```python title="db/errors.py"\n```\n'))
