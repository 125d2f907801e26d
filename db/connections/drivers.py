"""The databases' own drivers."""

import ctypes
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

# asyncpg has no type stubs.
asyncpg: Any = import_module("asyncpg")

# The wheel's SQLite, because the parser of Debian 12's SQLite overflows at nine nested objects. Platforms without a
# wheel get Python's own SQLite; an old one refuses deeply nested queries.
sqlite: Any = import_module("pysqlite3.dbapi2" if find_spec("pysqlite3") else "sqlite3.dbapi2")

# SQLite's number for the setting SQLITE_CONFIG_MEMSTATUS.
_MEMSTATUS: Final = 9


def _forget_memory(library: Any) -> None:
    """SQLite no longer counts the memory it allocates. Call it while no connection is open.

    SQLite counts under one lock for the whole process, so concurrent readers wait for each other at every small
    allocation. That doubles the CPU time of a list page once a connection has used up its own memory.
    """
    library.sqlite3_shutdown()
    # `sqlite3_config` is variadic, and some machines pass variadic arguments differently.
    library.sqlite3_config.argtypes = [ctypes.c_int]
    library.sqlite3_config(_MEMSTATUS, 0)
    library.sqlite3_initialize()


# Only for the wheel: other code in this process may have connections open in Python's own SQLite.
if find_spec("pysqlite3"):
    # Another build may hide these functions. Then SQLite still works, but slower.
    with suppress(AttributeError):
        _forget_memory(ctypes.CDLL(import_module("pysqlite3._sqlite3").__file__))
