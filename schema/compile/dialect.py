"""How each database writes a JSON value as text: all that differs between the two, in one table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Text, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

Sql = ColumnElement[Any]


@dataclass(frozen=True)
class JsonDialect:
    """Functions from an SQL value to SQL text; `quote` gives a JSON string, the others its bare characters."""

    quote: Callable[[Sql], Sql]
    join: Callable[[Sql], Sql]
    decimal: Callable[[Sql], Sql]
    moment: Callable[[Sql], Sql]
    float: Callable[[Sql], Sql]
    hex: Callable[[Sql], Sql]
    bytes: Callable[[Sql], Sql]


DIALECTS = {
    "sqlite": JsonDialect(
        quote=lambda value: func.json_quote(value),
        join=lambda item: func.group_concat(item, constant(",")),
        # Decimals and moments are kept as the very text that is shown.
        decimal=lambda value: value,
        moment=lambda value: value,
        # SQLite's own rendering of a float stops at 15 digits; 17 always give the same float back.
        float=lambda value: func.printf(constant("%!.17g"), value),
        hex=lambda text: func.lower(func.hex(text)),
        bytes=lambda text: cast(text, LargeBinary),
    ),
    "postgresql": JsonDialect(
        quote=lambda value: cast(func.to_json(value), Text),
        join=lambda item: func.string_agg(item, constant(",")),
        decimal=lambda value: cast(func.trim_scale(value), Text),
        moment=lambda value: func.to_char(
            func.timezone(constant("UTC"), value), constant('YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        ),
        float=lambda value: cast(value, Text),
        hex=lambda text: func.encode(func.convert_to(text, constant("UTF8")), constant("hex")),
        bytes=lambda text: func.convert_to(text, constant("UTF8")),
    ),
}


def constant(text: str) -> Sql:
    """An SQL string literal: part of the statement's text, not a parameter."""
    return literal_column("'" + text.replace("'", "''") + "'", Text())


class Concat(ColumnElement[str]):
    """Pieces of text one after the other; SQLAlchemy's own `||` would nest as deep as there are pieces."""

    inherit_cache = False

    def __init__(self, pieces: Sequence[str | Sql]) -> None:
        self.type = Text()
        self.pieces = pieces

    def self_group(self, against: Any = None) -> "Concat":  # pyright: ignore[reportIncompatibleMethodOverride]
        return self


@compiles(Concat)
def _render(element: Concat, compiler: SQLCompiler, **options: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    texts = [constant(piece) if isinstance(piece, str) else piece for piece in element.pieces]
    return _joined([compiler.process(text, **options) for text in texts])


def _joined(texts: Sequence[str]) -> str:
    """`a || b || c`, but shallow where it matters.

    `a || b || c` is an expression as deep as it is long, and SQLite allows 1,000 levels, in which each subquery's depth
    counts once more for every subquery around it. So what holds a subquery is kept near the top, and the plain texts
    between two of those become one operand, which is halved until it is short.
    """
    runs = [list(run) for _, run in groupby(texts, key=lambda text: "SELECT " in text)]
    operands = [text for run in runs for text in (run if "SELECT " in run[0] else [_halved(run)])]
    return _halved(operands)


def _halved(texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    half = len(texts) // 2
    return f"({_halved(texts[:half])} || {_halved(texts[half:])})"


def concat(pieces: Iterable[str | Sql]) -> Concat:
    """The pieces as one SQL text; strings are literal JSON, and neighbours among them become one literal."""
    merged: list[str | Sql] = []
    for piece in pieces:
        for part in piece.pieces if isinstance(piece, Concat) else (piece,):
            if isinstance(part, str) and merged and isinstance(merged[-1], str):
                merged[-1] += part
            else:
                merged.append(part)
    return Concat(merged)


def or_null(text: Sql) -> Sql:
    """SQL NULL as JSON null; without it a NULL would swallow the whole text around it."""
    return func.coalesce(text, constant("null"))
