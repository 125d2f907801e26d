"""How-to pages that tests execute: the code blocks change a copy of the tree, and the commands run there."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
HOW_TO: Final = ROOT / "docs" / "how-to"


class Block(NamedTuple):
    """A code block. With a title, `diff` changes that file and other languages create it. `sh` runs."""

    language: str
    title: str
    text: str


class Page(NamedTuple):
    name: str
    text: str

    @classmethod
    def read(cls, name: str) -> "Page":
        return cls(name, (HOW_TO / f"{name}.md").read_text())

    @property
    def blocks(self) -> list[Block]:
        found = re.findall(r'^```(\w+)(?: title="([^"\n]+)")?\n(.*?)^```$', self.text, re.MULTILINE | re.DOTALL)
        return [Block(*parts) for parts in found]

    @property
    def files(self) -> list[str]:
        """The files that the reader edits by hand, each once."""
        return list(dict.fromkeys(block.title for block in self.blocks if block.title))

    @property
    def limit(self) -> int:
        """The number of files that the reader edits by hand, which the page must state exactly once."""
        (number,) = re.findall(r"^Files edited by hand: (\d+)\.", self.text, re.MULTILINE)
        return int(number)


class Tree:
    """A copy of the tracked files. It shares the `.venv`, but imports its own modules first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        (folder / ".venv").symlink_to(ROOT / ".venv")

    def follow(self, page: Page) -> None:
        """Follow the page block by block. Raises if a change does not fit or a command fails."""
        for block in page.blocks:
            if block.language == "sh":
                self.run(block.text)
            elif block.language == "diff":
                file = self.folder / block.title
                file.write_text(apply_diff(file.read_text(), block.text, block.title))
            elif block.title:
                self.create(block)

    def create(self, block: Block) -> None:
        file = self.folder / block.title
        if file.exists():
            raise FileExistsError(f"expected a new file, got {block.title}, which exists: show the change as a diff")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text)

    def run(self, command: str) -> str:
        """Return the output and errors of a shell command. Raises `AssertionError` with it if the command fails."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CONVENE_"))}
        path = f"{self.folder / '.venv' / 'bin'}:{mine['PATH']}"
        # The installed package is the original tree, so the copy's modules must come first.
        environment = mine | {"PATH": path, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}"
        return done.stdout


def apply_diff(text: str, diff: str, title: str) -> str:
    """Return the text with each part of the diff applied. `@@` lines separate the parts.

    The lines of a part begin with a space, `-` or `+`. Raises `LookupError` unless the text has the old lines exactly
    once.
    """
    for part in re.split(r"^@@.*\n", diff, flags=re.MULTILINE):
        lines = part.splitlines(keepends=True)
        if not lines:
            continue
        if wrong := [line for line in lines if line.strip() and line[0] not in " +-"]:
            raise ValueError(f"expected lines that begin with a space, + or -, got {wrong[0]!r} for {title}")
        old = "\n" + "".join(line[1:] or "\n" for line in lines if line[0] != "+")
        new = "\n" + "".join(line[1:] or "\n" for line in lines if line[0] != "-")
        whole = "\n" + text
        if (times := whole.count(old)) != 1:
            raise LookupError(f"expected these lines once in {title}, got them {times} times:{old}")
        text = whole.replace(old, new).removeprefix("\n")
    return text
