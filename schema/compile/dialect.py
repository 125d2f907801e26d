"""How each database writes a JSON value as text: all that differs between the two, in one table.

SQL is built as text here: an expression is a `str`, in which `marked` names stand for parameters until the whole
statement is there. What SQLAlchemy writes are the rows that a subquery starts from (`schema.compile.source`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final

# How many operands a chain of concatenations has at most.
CHAIN: Final = 16


class Constant(str):
    """An SQL string literal: part of the statement's text, not a parameter."""

    __slots__ = ()


class Concat:
    """Pieces of text one after the other, put together when the text is wanted."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = pieces

    @cached_property
    def text(self) -> str:
        return _joined(self.pieces)

    def __str__(self) -> str:
        return self.text


Sql = str | Concat


@dataclass(frozen=True)
class JsonDialect:
    """Functions from an SQL value to SQL text; `quote` gives a JSON string, the others its bare characters."""

    quote: Callable[[Sql], str]
    join: Callable[[Sql], str]
    decimal: Callable[[Sql], str]
    moment: Callable[[Sql], str]
    float: Callable[[Sql], str]
    hex: Callable[[Sql], str]
    bytes: Callable[[Sql], str]


def text_of(value: Sql) -> str:
    """A value in the database's own notation."""
    return f"CAST({value} AS TEXT)"


DIALECTS = {
    "sqlite": JsonDialect(
        quote=lambda value: f"json_quote({value})",
        join=lambda item: f"group_concat({item}, ',')",
        # Decimals and moments are kept as the very text that is shown.
        decimal=str,
        moment=str,
        # SQLite's own rendering of a float stops at 15 digits; 17 always give the same float back. It prints NULL as 0.
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
    """The pieces as one SQL text; neighbours among them that are literals become one literal."""
    merged: list[str] = []
    for piece in pieces:
        for part in piece.pieces if isinstance(piece, Concat) else (piece,):
            if isinstance(part, Constant) and merged and isinstance(merged[-1], Constant):
                merged[-1] = Constant(merged[-1][:-1] + part[1:])
            else:
                merged.append(part)
    return merged[0] if len(merged) == 1 else Concat(merged)


def separated(pieces: Iterable[Sql]) -> list[Sql]:
    """The pieces with a comma between each two."""
    return [part for piece in pieces for part in (constant(","), piece)][1:]


def or_null(text: Sql) -> str:
    """SQL NULL as JSON null; without it a NULL would swallow the whole text around it."""
    return f"coalesce({text}, 'null')"


def _joined(texts: Sequence[str]) -> str:
    """`a || b || c`, but shallow where it matters.

    SQLite appends to what a chain has so far, where a tree would copy it, but the first operand of a chain is an
    expression as deep as the chain is long. It allows 1,000 levels, in which each subquery's depth counts once more for
    every subquery around it. So what holds a subquery is kept near the top, and the plain texts between two of those
    become one operand; of either, chains are halved until they are short.
    """
    runs = [list(run) for _, run in groupby(texts, key=lambda text: "SELECT " in text)]
    operands = [text for run in runs for text in (run if "SELECT " in run[0] else [_halved(run)])]
    return _halved(operands)


def _halved(texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    if len(texts) <= CHAIN:
        return f"({' || '.join(texts)})"
    half = len(texts) // 2
    return f"({_halved(texts[:half])} || {_halved(texts[half:])})"
