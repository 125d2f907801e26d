"""`python -m tests.chaos` injects faults for a while. The last line has the figures; exit code 0 means that it held."""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import randrange

import orjson

from bench import databases
from db.connections.engine import Database
from db.migrate import migrate
from tests.chaos.controls import CONTROLS
from tests.chaos.trial import Figures, Trial

say = partial(print, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--control", choices=CONTROLS, help="break one function, so that the run has to fail")
    parser.add_argument("--seed", type=int, help="repeat the writes and faults of an earlier run")
    arguments = parser.parse_args()
    seed = randrange(1_000_000) if arguments.seed is None else arguments.seed
    folder = Path(tempfile.mkdtemp(prefix="convene-chaos-"))
    with _database(arguments.db, folder) as url:
        figures = asyncio.run(
            _run(Trial(url, folder, seconds=arguments.seconds, seed=seed, control=arguments.control, say=say))
        )
    if held := figures.verdict == "held":
        shutil.rmtree(folder)
    else:
        say(f"The output of the processes is in {folder}")
    say(orjson.dumps(asdict(figures)).decode())
    return 0 if held else 1


async def _run(trial: Trial) -> Figures:
    database = Database(trial.database_url)
    await migrate(database)
    await database.dispose()
    running = asyncio.create_task(trial.run())
    # Without this handler, a signal would leave the child processes running.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    return await running


@contextmanager
def _database(kind: str, folder: Path) -> Generator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'convene.db'}"
        return
    with databases.postgres(folder / "postgres") as server:
        yield databases.create(server, "chaos")


if __name__ == "__main__":
    sys.exit(main())
