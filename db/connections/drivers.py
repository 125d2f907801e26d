"""The databases' own drivers."""

import ctypes
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

# It says nothing of its types.
asyncpg: Any = import_module("asyncpg")

# The wheel's SQLite, not the machine's: Debian 12's parser overflows at nine nested objects. Where the platform has no
# wheel, Python's own serves; if that is old, it takes less deeply nested queries.
sqlite: Any = import_module("pysqlite3.dbapi2" if find_spec("pysqlite3") else "sqlite3.dbapi2")

# SQLite's number of the setting whether it keeps count of its memory.
_MEMSTATUS: Final = 9


def _forget_memory(library: Any) -> None:
    """SQLite doesn't count the memory that it has; needs that nothing is open.

    It counts under one lock of the whole process, so that threads that read at once wait for each other with every
    small allocation: twice the processor's time for a page of a list, once the connections' own store is used up.
    """
    library.sqlite3_shutdown()
    # What follows the first argument is passed in another way on some machines.
    library.sqlite3_config.argtypes = [ctypes.c_int]
    library.sqlite3_config(_MEMSTATUS, 0)
    library.sqlite3_initialize()


# Python's own may be used by others in this process, and so may have something open.
if find_spec("pysqlite3"):
    # Another build may hide what it is made of, and is the slower for it.
    with suppress(AttributeError):
        _forget_memory(ctypes.CDLL(import_module("pysqlite3._sqlite3").__file__))
