"""Transient errors: the same statement may succeed the next time."""

from typing import Any, Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db.connections.drivers import asyncpg, sqlite

# Postgres's error classes: connection, transaction rollback (such as a deadlock), insufficient resources, object not in
# the needed state (such as a lock that is taken), operator intervention, system error.
_CLASSES: Final = ("08", "40", "53", "55", "57", "58")
_SQLITE_ERROR: Final = 1


def is_transient(error: BaseException) -> bool:
    """Whether the database was unreachable, full or too busy, or ended the transaction itself."""
    match error:
        case OperationalError() | sqlite.OperationalError():
            # SQLITE_ERROR means a faulty statement, which fails every time.
            raised: Any = error.orig if isinstance(error, OperationalError) else error
            return getattr(raised, "sqlite_errorcode", None) != _SQLITE_ERROR
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
