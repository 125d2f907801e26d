"""Removal of what a test run leaves in its folder, even if the run is killed."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# It reads until nobody holds the other end of its input. SIGINT stops Postgres without waiting for open connections,
# and Postgres removes its pid file when it has stopped. While the server's files are created, its pid has a minus sign.
_CLEAN: Final = """
read -r _
for file in "$0"/postgres-*/postmaster.pid; do
    [ -f "$file" ] || continue
    pid=$(head -n 1 "$file")
    pid=${pid#-}
    kill -INT "$pid"
    while [ -f "$file" ] && kill -0 "$pid"; do sleep 0.01; done
done
rm -rf "$0"
"""


@contextmanager
def cleaning(folder: Path) -> Generator[None]:
    """At the end, or when this process dies, stop the Postgres servers in the folder and remove it.

    A process of its own does it, in another session, so that it outlives this process and the terminal's signals.
    """
    command = ["sh", "-c", _CLEAN, str(folder)]
    quiet = subprocess.DEVNULL
    # Leaving the block closes the input, and waits.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True):
        yield
