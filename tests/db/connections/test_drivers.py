"""The settings of the drivers."""

import ctypes
from importlib import import_module

from db.connections.drivers import sqlite


def test_sqlite_does_not_count_its_memory() -> None:
    library = ctypes.CDLL(import_module("pysqlite3._sqlite3").__file__)
    connection = sqlite.connect(":memory:")
    connection.execute("CREATE TABLE t (a)")
    assert library.sqlite3_memory_used() == 0
    connection.close()
