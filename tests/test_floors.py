"""Only db/ and schema/compile/ write SQL.

tests/ and bench/ may write it too: they insert rows, and compare with hand-written statements.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
FLOORS: Final = ("api", "schema", "workers", "seed")
WRITERS: Final = frozenset({"select", "insert", "update", "delete", "text"})
STATEMENT: Final = re.compile(r"[\s(]*(SELECT|INSERT|UPDATE|DELETE)\s")

# What each module may import from SQLAlchemy, and why. An entry that is no longer used has to be removed.
EXCEPTIONS: Final[Mapping[str, tuple[set[str], str]]] = {
    "schema/claim.py": ({"select"}, "sorts and filters claims by the key of their property"),
    "schema/metric.py": ({"select"}, "sorts and filters values by the key of their definition"),
    "schema/organization.py": ({"select"}, "filters organizations by their partnerships and metric values"),
    "schema/partnership.py": ({"select"}, "sorts and filters partnerships by the partner's name and sector"),
    "schema/query.py": ({"SELECT"}, "lists the ids that `nodes` asks for as rows, in the order given"),
    "seed/load.py": ({"select"}, "looks up which organizations and properties a record may refer to"),
    "seed/synthetic.py": ({"insert", "select", "text"}, "writes a million rows in bulk, for measurements only"),
}


def sql_of(code: str) -> set[str]:
    """Return the SQL constructors that the module imports, and the first words of the statements that it contains."""
    return {found for node in ast.walk(ast.parse(code)) for found in _sql_at(node)}


def _sql_at(node: ast.AST) -> Iterator[str]:
    match node:
        # `import sqlalchemy` gives access to all of them.
        case ast.Import(names):
            yield from (name.name for name in names if name.name.partition(".")[0] == "sqlalchemy")
        case ast.ImportFrom(module=str(module), names=names) if module.partition(".")[0] == "sqlalchemy":
            yield from (name.name for name in names if name.name in {*WRITERS, "*"})
        case ast.Constant(value=str(value)) if found := STATEMENT.match(value):
            yield found[1]
        case _:
            return


def modules() -> Iterator[str]:
    for floor in FLOORS:
        for file in sorted((ROOT / floor).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if "node_modules" not in name and not name.startswith("schema/compile/"):
                yield name


def test_only_db_and_the_compiler_write_sql() -> None:
    found = {name: sql for name in modules() if (sql := sql_of((ROOT / name).read_text()))}
    assert found == {name: names for name, (names, _) in EXCEPTIONS.items()}


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("from sqlalchemy import func, select", {"select"}),
        ("def late():\n    from sqlalchemy.dialects.postgresql import insert as upsert", {"insert"}),
        ("import sqlalchemy as sa", {"sqlalchemy"}),
        ("import sqlalchemy.sql", {"sqlalchemy.sql"}),
        ("from sqlalchemy import *", {"*"}),
        ("await session.execute('''\n  DELETE FROM mark''')", {"DELETE"}),
        ("query = f'SELECT {column} FROM claim'", {"SELECT"}),
        ("source = '(SELECT 1) AS one'", {"SELECT"}),
        ("from sqlalchemy import func, or_", set()),
        ("kind = 'UPDATE'", set()),
        ("'''Select the best claim.'''", set()),
    ],
)
def test_sql_is_found_in_every_form(code: str, sql: set[str]) -> None:
    assert sql_of(code) == sql
