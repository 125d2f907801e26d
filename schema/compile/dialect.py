"""The functions by which each database writes JSON values as text, in one table.

The compiler builds SQL as text: an expression is a `str`. Parameters are `marked` names until the whole statement is
complete. SQLAlchemy writes only the rows that a subquery starts from (`schema.compile.source`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final

# The maximum number of operands in a chain of concatenations.
CHAIN: Final = 16


class Constant(str):
    """An SQL string literal: part of the statement's text, not a parameter."""

    __slots__ = ()


class Concat:
    """A concatenation of SQL texts. Its own text is built on first use."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = pieces

    @cached_property
    def text(self) -> str:
        return _join(self.pieces)

    def __str__(self) -> str:
        return self.text


Sql = str | Concat


@dataclass(frozen=True)
class JsonDialect:
    """Functions from an SQL value to SQL text. `quote` writes a JSON string with quotes, the others write no quotes."""

    quote: Callable[[Sql], str]
    join: Callable[[Sql], str]
    decimal: Callable[[Sql], str]
    moment: Callable[[Sql], str]
    float: Callable[[Sql], str]
    hex: Callable[[Sql], str]
    bytes: Callable[[Sql], str]


def text_of(value: Sql) -> str:
    """The database's own text of a value."""
    return f"CAST({value} AS TEXT)"


DIALECTS = {
    "sqlite": JsonDialect(
        quote=lambda value: f"json_quote({value})",
        join=lambda item: f"group_concat({item}, ',')",
        # SQLite stores decimals and times as the text that the API shows.
        decimal=str,
        moment=str,
        # SQLite writes floats with 15 digits, but only 17 preserve every float. printf writes NULL as 0.
        float=lambda value: f"CASE WHEN {value} IS NOT NULL THEN printf('%!.17g', {value}) END",
        hex=lambda text: f"lower(hex({text}))",
        bytes=lambda text: f"CAST({text} AS BLOB)",
    ),
    "postgresql": JsonDialect(
        quote=lambda value: f"CAST(to_json({value}) AS TEXT)",
        join=lambda item: f"string_agg({item}, ',')",
        decimal=lambda value: f"CAST(trim_scale({value}) AS TEXT)",
        moment=lambda value: f"""to_char(timezone('UTC', {value}), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
        float=text_of,
        hex=lambda text: f"encode(convert_to({text}, 'UTF8'), 'hex')",
        bytes=lambda text: f"convert_to({text}, 'UTF8')",
    ),
}


def constant(text: str) -> Constant:
    """The text as an SQL string literal."""
    return Constant("'" + text.replace("'", "''") + "'")


def concat(*pieces: Sql) -> Sql:
    """The pieces as one SQL text; adjacent literals become one literal."""
    merged: list[str] = []
    for piece in pieces:
        for part in piece.pieces if isinstance(piece, Concat) else (piece,):
            if isinstance(part, Constant) and merged and isinstance(merged[-1], Constant):
                merged[-1] = Constant(merged[-1][:-1] + part[1:])
            else:
                merged.append(part)
    return merged[0] if len(merged) == 1 else Concat(merged)


def separate(pieces: Iterable[Sql]) -> list[Sql]:
    """The pieces, separate by commas."""
    return [part for piece in pieces for part in (constant(","), piece)][1:]


def or_null(text: Sql) -> str:
    """The text, with SQL NULL as JSON null. A NULL would make the whole concatenation NULL."""
    return f"coalesce({text}, 'null')"


def _join(texts: Sequence[str]) -> str:
    """`a || b || c` with a limited depth, because SQLite allows 1,000 levels in an expression.

    A chain is faster than a tree: SQLite appends to it in place. But a chain is as deep as it is long, and the depth of
    a subquery adds to the depth of all subqueries around it. So subqueries stay near the top, the plain texts between
    two of them become one operand, and long chains are split in halves.
    """
    runs = [list(run) for _, run in groupby(texts, key=lambda text: "SELECT " in text)]
    operands = [text for run in runs for text in (run if "SELECT " in run[0] else [_halve(run)])]
    return _halve(operands)


def _halve(texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    if len(texts) <= CHAIN:
        return f"({' || '.join(texts)})"
    half = len(texts) // 2
    return f"({_halve(texts[:half])} || {_halve(texts[half:])})"
