"""What an error of a database or of Redis means: whether a retry may succeed, and why it failed, in one line."""

import re
from sqlite3 import SQLITE_CORRUPT, SQLITE_ERROR, SQLITE_FULL, SQLITE_NOTADB, SQLITE_READONLY
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db.connections.drivers import asyncpg, sqlite
from db.connections.pool import Busy, Lost

# Postgres's error classes: connection, transaction rollback (such as a deadlock), insufficient resources, object not in
# the needed state (such as a lock that is taken), operator intervention, system error.
_CLASSES: Final = ("08", "40", "53", "55", "57", "58")
# Those of a database that does not let this program in: authorization, no such database, a read-only transaction.
_SHUT: Final = ("28", "3D", "25006")
# Postgres: a read-only transaction, a full disk.
_WRITE_REFUSED: Final = ("25006", "53100")


def is_transient(error: BaseException) -> bool:
    """Whether the database was unreachable, full or too busy, or ended the transaction itself."""
    match error:
        case OperationalError() | sqlite.OperationalError():
            # SQLITE_ERROR means a faulty statement, which fails every time.
            raised: Any = error.orig if isinstance(error, OperationalError) else error
            return getattr(raised, "sqlite_errorcode", None) != SQLITE_ERROR
        case InterfaceError():
            # asyncpg also raises InterfaceError for a value that it cannot send, which fails every time.
            return not isinstance(error.orig and error.orig.__cause__, ValueError)
        case DBAPIError() if error.connection_invalidated:
            return True
        case asyncpg.InterfaceError():
            return not isinstance(error, ValueError)
        case DBAPIError() | asyncpg.PostgresError():
            # Statements that bypass SQLAlchemy raise the driver's own errors.
            raised = error.orig if isinstance(error, DBAPIError) else error
            return str(getattr(raised, "sqlstate", "")).startswith(_CLASSES)
        case _:
            return isinstance(error, PoolTimeoutError | OSError)


def is_unavailable(error: BaseException) -> bool:
    """Whether the database as a whole cannot answer now: it is away, full, read-only, damaged or too busy."""
    raised = driver_error(error)
    return (
        isinstance(error, Busy | Lost)
        or is_transient(error)
        or sqlite_code(raised) in (SQLITE_CORRUPT, SQLITE_NOTADB)
        or sqlstate(raised).startswith(_SHUT)
    )


def is_write_refused(error: BaseException) -> bool:
    """Whether the database is there, but read-only or full."""
    raised = driver_error(error)
    return sqlite_code(raised) in (SQLITE_READONLY, SQLITE_FULL) or sqlstate(raised) in _WRITE_REFUSED


def driver_error(error: BaseException) -> BaseException:
    """The error that the driver raised, without SQLAlchemy's and the pool's around it."""
    match error:
        case DBAPIError(orig=BaseException() as adapted):
            return adapted.__cause__ or adapted
        case Lost(__cause__=BaseException() as raised):
            return raised
        case _:
            return error


def sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary result code, None for any other error."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def sqlstate(error: BaseException) -> str:
    """Postgres's code of the error, empty for any other error."""
    return str(getattr(error, "sqlstate", None) or "")


def in_one_line(error: BaseException) -> str:
    """The error's type and reason for a log: no statement, no parameters, no number of the operating system."""
    raised = driver_error(error)
    return f"{type(raised).__name__}: {reason(raised)}".removesuffix(": ")


def reason(error: BaseException) -> str:
    """The first line of the error's message, without the operating system's number."""
    return re.sub(r"\[Errno -?\d+\] |^Error -?\d+ ", "", str(error).partition("\n")[0])
