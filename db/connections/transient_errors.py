"""Failures that are nobody's fault: the same statement may succeed the next time."""

from typing import Any, Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db.connections.drivers import asyncpg, sqlite

# Postgres's classes of errors: connection, transaction rollback (deadlocks among them), resources, lock not available
# and the like, operator intervention, system error.
_CLASSES: Final = ("08", "40", "53", "55", "57", "58")
_SQLITE_ERROR: Final = 1


def is_transient(error: BaseException) -> bool:
    """Whether the database was away, full, too busy or ended the transaction of its own accord."""
    match error:
        case OperationalError() | sqlite.OperationalError():
            # SQLite's code for a statement that it can't run, whose next time is no better.
            raised: Any = error.orig if isinstance(error, OperationalError) else error
            return getattr(raised, "sqlite_errorcode", None) != _SQLITE_ERROR
        case InterfaceError():
            # A value that the driver can't send is an error of the interface too.
            return not isinstance(error.orig and error.orig.__cause__, ValueError)
        case DBAPIError() if error.connection_invalidated:
            return True
        case asyncpg.InterfaceError():
            return not isinstance(error, ValueError)
        case DBAPIError() | asyncpg.PostgresError():
            # What the driver itself is asked for raises its errors as they are.
            raised = error.orig if isinstance(error, DBAPIError) else error
            return str(getattr(raised, "sqlstate", "")).startswith(_CLASSES)
        case _:
            return isinstance(error, PoolTimeoutError | OSError)
