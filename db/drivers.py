"""The databases' own drivers."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

# It says nothing of its types.
asyncpg: Any = import_module("asyncpg")

# The wheel's SQLite, not the machine's: Debian 12's parser overflows at nine nested objects. Where the platform has no
# wheel, Python's own serves; if that is old, it takes less deeply nested queries.
sqlite: Any = import_module("pysqlite3.dbapi2" if find_spec("pysqlite3") else "sqlite3.dbapi2")
