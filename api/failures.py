"""Failures that a user can cure, each as one line that names the setting or the file, and the cure."""

import errno
import os
import socket
import stat
from pathlib import Path
from sqlite3 import (
    SQLITE_BUSY,
    SQLITE_CANTOPEN,
    SQLITE_CORRUPT,
    SQLITE_FULL,
    SQLITE_IOERR,
    SQLITE_LOCKED,
    SQLITE_NOTADB,
    SQLITE_READONLY,
)
from typing import Final

from asyncpg import InterfaceError, InternalClientError, PostgresError  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy import URL, make_url

from api.settings import Settings
from db.connections.transient_errors import driver_error, is_unavailable, reason, sqlite_code, sqlstate
from db.errors import DomainError
from db.migrate import WrongDatabase
from seed.refusal import RecordError

_LOCKED: Final = "expected a database that no other process holds, got a locked one at {place}: end that process"
_FULL: Final = "expected room on the disk, got a full one at {place}: free some"
_FORBIDDEN: Final = "expected permission to read and write, got none at {place}: correct the owner or the mode"

# What is wrong with a SQLite database, by the result code.
SQLITE: Final = {
    SQLITE_BUSY: _LOCKED,
    SQLITE_LOCKED: _LOCKED,
    SQLITE_READONLY: "expected a database that takes writes, got a read-only one at {place}: correct its owner or mode",
    SQLITE_IOERR: "expected a disk that reads and writes, got an error at {place}: check the disk, or restore a backup",
    SQLITE_CORRUPT: "expected an intact database, got a damaged one at {place}: restore a backup",
    SQLITE_FULL: _FULL,
    SQLITE_CANTOPEN: "expected a database, got none at {place}: run `convene migrate`, or correct the path",
    SQLITE_NOTADB: (
        "expected a SQLite database, got another kind of file at {place}: correct the path, or restore a backup"
    ),
}

# What is wrong with Postgres, by the beginning of the code that it sends.
POSTGRES: Final = {
    "25006": "expected a Postgres that takes writes, got a read-only one at {place}: name the primary server",
    "28": "expected Postgres to let user {user} in, got a refusal at {place}: correct the user and the password",
    "3D": "expected an existing database, got none named {database} at {place}: create it, or correct the name",
    "3F": "expected a schema for tables, got none at {place}: create the schema `public`",
    "42501": "expected user {user} to have rights to create and write tables, got none at {place}: grant them",
    "53100": _FULL,
    "53300": "expected a free connection, got none at {place}: raise max_connections, or end other programs",
    "57P03": "expected Postgres to accept connections, got one that starts or stops at {place}: try again",
}

# The beginnings of the codes of faulty statements: bad data, broken constraints, bad syntax and unknown names.
OURS: Final = ("22", "23", "42")

# What is wrong with a file or a folder, by the operating system's number.
FILES: Final = {
    errno.ENOENT: "expected an existing file or folder, got none at {place}: create it, or correct the path",
    errno.ENOTDIR: "expected a folder, got a file on the way to {place}: correct the path",
    errno.EEXIST: "expected a folder, got a file at {place}: correct the path",
    errno.EISDIR: "expected a file, got a folder at {place}: correct the path",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: "expected a disk that takes writes, got a read-only one at {place}: correct the path",
    errno.ENOSPC: _FULL,
}


class CannotListen(Exception):
    """The server cannot listen at the address. The message names the setting to change."""


def explain(error: BaseException, settings: Settings) -> str | None:
    """The line for a failure that the user can cure; None for our own faults."""
    raised = driver_error(error)
    url = make_url(settings.database)
    is_sqlite = url.get_backend_name() == "sqlite"
    file = Path(url.database or "")
    match raised:
        case CannotListen() | DomainError() | RecordError():
            return str(raised)
        case WrongDatabase():
            place = _file_place(file, settings) if is_sqlite else _server_place(url)
            return f"{raised.problem} at {place}: {raised.cure}"
        case OSError(filename=str() | bytes() as name):
            return _file_line(raised, Path(os.fsdecode(name)), settings)
        case OSError(errno=number) if is_sqlite and number in FILES:
            return _file_line(raised, settings.data_dir, settings)
        case OSError() | PostgresError() | InterfaceError() | InternalClientError() if not is_sqlite:
            return _postgres_line(raised, url)
        case _ if sqlite_code(raised) is not None:
            return _sqlite_line(raised, file, settings)
        case _:
            return None


def _sqlite_line(error: BaseException, file: Path, settings: Settings) -> str | None:
    code = sqlite_code(error) or 0
    # SQLite itself does not say why it cannot open or write a file.
    if code in (SQLITE_CANTOPEN, SQLITE_READONLY) and (obstacle := _find_obstacle(file)):
        return _file_line(obstacle, Path(obstacle.filename), settings)
    line = SQLITE.get(code)
    return line and _filled(line, place=_file_place(file, settings))


def _find_obstacle(file: Path) -> OSError | None:
    """What the operating system has against opening and writing a database; None if the file is just missing."""
    try:
        if stat.S_ISDIR(file.stat().st_mode):
            return OSError(errno.EISDIR, "", str(file))
    except FileNotFoundError:
        return None if file.parent.is_dir() else OSError(errno.ENOENT, "", str(file.parent))
    except OSError as error:
        return error
    for path in (file, Path(f"{file}-wal"), Path(f"{file}-shm"), file.parent):
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            is_read_only = os.statvfs(path).f_flag & os.ST_RDONLY
            return OSError(errno.EROFS if is_read_only else errno.EACCES, "", str(path))
    return None


def _file_line(error: OSError, file: Path, settings: Settings) -> str:
    if error.errno == errno.ENOENT and not file.parent.exists():
        file = file.parent
    line = FILES.get(error.errno or 0, f"expected to read and write {{place}}, got: {reason(error)}")
    return _filled(line, place=_file_place(file, settings))


def _postgres_line(error: BaseException, url: URL) -> str | None:
    match error:
        case socket.gaierror():
            line = "expected the name of a host, got an unknown one at {place}: correct the host"
        case OSError():
            why = reason(error) or "no answer"
            line = f"expected Postgres to answer, got no connection at {{place}} ({why}): start it, or correct the URL"
        case _:
            known = (line for start, line in POSTGRES.items() if sqlstate(error).startswith(start))
            other = f"expected Postgres to answer, got an error at {{place}}: {reason(error)}"
            is_ours = not is_unavailable(error) and (sqlstate(error) or "42").startswith(OURS)
            line = next(known, None if is_ours else other)
    return line and _filled(line, place=_server_place(url), user=url.username or "", database=url.database or "")


def _filled(line: str, **values: str) -> str:
    for name, value in values.items():
        line = line.replace(f"{{{name}}}", value)
    return line


def _server_place(url: URL) -> str:
    return f"{url.render_as_string()} (CONVENE_DATABASE_URL)"


def _file_place(file: Path, settings: Settings) -> str:
    """The file and the setting that leads to it. A record has none."""
    file = file.absolute()
    roots = {"CONVENE_DATA_DIR": settings.data_dir.absolute()}
    if settings.database_url:
        roots = {"CONVENE_DATABASE_URL": Path(make_url(settings.database).database or "").absolute()} | roots
    for setting, root in roots.items():
        # SQLite's log is beside the database.
        if file in (root, *root.parents) or root in file.parents or str(file).startswith(f"{root}-"):
            return f"{file} ({setting})"
    return str(file)
