"""Finds lines in a TOML file, because the standard library's parser reports no positions."""

import re
from collections.abc import Iterator
from typing import Final

Path = tuple[str | int, ...]

HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
KEY: Final = re.compile(r"\s*([\w-]+)\s*=")


def line_of(toml: str, path: Path, got: object = None) -> int:
    """Return the line of the key at `path`, such as `("claims", 2, "value")`, or of the closest table around it.

    Lines count from 1. If the value spans several lines, it is the first line that contains `got`.
    """
    best, depth = 1, 0
    for number, opened in _find_openings(toml):
        # The first table of an array also opens the array, whose path is shorter.
        shared = min(len(opened), len(path))
        if shared > depth and opened[:shared] == path[:shared]:
            best, depth = number, shared
    return _line_with(toml, best, got) if isinstance(got, str) and got else best


def _find_openings(toml: str) -> Iterator[tuple[int, Path]]:
    """Yield each line that opens a table or a key, with its path."""
    table: Path = ()
    last: dict[Path, int] = {}
    for number, line in enumerate(toml.splitlines(), 1):
        if header := HEADER.match(line):
            table = _table(header[2].split("."), last, is_array=header[1] == "[[")
            yield number, table
        elif key := KEY.match(line):
            yield number, (*table, key[1])


def _table(names: list[str], last: dict[Path, int], *, is_array: bool) -> Path:
    """Return the path of the table that a header opens, and update `last`, the newest index of each array."""
    path: Path = ()
    for depth, name in enumerate(names, 1):
        path = (*path, name)
        if is_array and depth == len(names):
            last[path] = last.get(path, -1) + 1
        if path in last:
            path = (*path, last[path])
    return path


def _line_with(toml: str, first: int, got: str) -> int:
    lines = toml.splitlines()
    for number in range(first, len(lines) + 1):
        if got in lines[number - 1]:
            return number
        if number > first and (KEY.match(lines[number - 1]) or HEADER.match(lines[number - 1])):
            break
    return first
