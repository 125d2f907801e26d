"""`python -m tests.scenarios.clock COMMAND` runs `convene` with a wrong clock.

The file that CLOCK_OFF_BY names holds the seconds by which the clock is ahead. The clock jumps when the file changes.
The monotonic clock and the clock of a Postgres server stay right. SQLite uses the clock of this process.
"""

import datetime
import os
import runpy
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

VARIABLE = "CLOCK_OFF_BY"
SQL_FUNCTIONS = ("date", "time", "datetime", "julianday", "strftime", "unixepoch")


class Clock:
    """The clock of a program, which can be set forward and back."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.environment = {VARIABLE: str(file)}

    def put_ahead(self, seconds: float) -> None:
        draft = self._file.with_suffix(".draft")
        draft.write_text(str(seconds))
        draft.replace(self._file)


def _off_by() -> float:
    return float(Path(os.environ[VARIABLE]).read_text())


def _shift(now: Callable[[], float], unit: float = 1) -> Callable[[], Any]:
    return lambda: now() + type(now())(_off_by() / unit)


class _Kind(type):
    # C code creates objects of the original type, so these have to count as instances too.
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


class _Datetime(datetime.datetime, metaclass=_Kind):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return super().now(tz) + datetime.timedelta(seconds=_off_by())


def _put_off_sqlite() -> None:
    from db.connections.drivers import sqlite

    original = sqlite.connect

    def connect(*arguments: Any, **options: Any) -> Any:
        connection, true = original(*arguments, **options), original(":memory:")
        for name in SQL_FUNCTIONS:
            connection.create_function(name, -1, partial(_ask, true, name))
        connection.create_function("current_date", 0, partial(_ask, true, "date", "now"))
        return connection

    sqlite.connect = connect


def _ask(true: Any, name: str, *arguments: Any) -> Any:
    shifted = (*arguments, f"{_off_by()} seconds") if "now" in arguments else arguments
    return true.execute(f"SELECT {name}({', '.join('?' * len(shifted))})", shifted).fetchone()[0]


if __name__ == "__main__":
    time.time, time.time_ns = _shift(time.time), _shift(time.time_ns, 1e-9)
    datetime.datetime = _Datetime
    _put_off_sqlite()
    runpy.run_module("api.cli", run_name="__main__")
