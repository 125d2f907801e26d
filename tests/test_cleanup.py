"""A test run that is killed leaves no server and no files behind."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUN = """
import sys, time
from pathlib import Path
from tests.cleanup import cleaning
with cleaning(Path(sys.argv[1])):
    print(flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_killed_run_stops_its_servers_and_removes_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    (folder / "postgres-main").mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"]) as server:
        (folder / "postgres-main" / "postmaster.pid").write_text(f"{server.pid}\n{folder}\n")
        with subprocess.Popen([sys.executable, "-c", RUN, str(folder)], stdout=subprocess.PIPE) as run:
            assert run.stdout
            run.stdout.readline()
            run.send_signal(signal.Signals[name])
        try:
            assert server.wait(10) == -signal.SIGINT
        finally:
            server.kill()
    deadline = time.monotonic() + 5
    while folder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
