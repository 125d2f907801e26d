"""Groups: a whole list counted by the values of some of its fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import strawberry
from graphql import GraphQLError
from sqlalchemy import Double, Text, case, cast, func, select

from schema.compile.dialect import Sql, concat, constant, or_null, separate, text_of
from schema.compile.field import Field
from schema.compile.protocols import Arguments, FieldCompiler
from schema.compile.source import Source

MOST_KEYS: Final = 3


@strawberry.type(description="The items of a list that have the same values.")
class Group:
    keys: list[str] = strawberry.field(description="The values, in the order of `by`.")
    count: int = strawberry.field(description="The number of items that have these values.")
    share: float = strawberry.field(description="The share of these items in the whole list, from 0 to 1.")


@dataclass(frozen=True)
class Grouping:
    """The names that clients can group a list by, each with its expression."""

    by: Mapping[str, Any]

    def check(self, arguments: Arguments) -> Arguments:
        names = arguments["by"]
        unknown = [name for name in names if name not in self.by]
        if unknown or not 1 <= len(names) <= MOST_KEYS:
            raise GraphQLError(f"expected `by` to list 1 to {MOST_KEYS} of {', '.join(self.by)}, got {names}")
        return arguments

    def text(self, compiler: FieldCompiler, whole: Source, field: Field) -> Sql:
        """The JSON array of the groups of `whole`, largest first."""
        names = compiler.arguments(field, self)["by"]
        values = [
            case(*((name == known, cast(expression, Text)) for known, expression in self.by.items())).label(f"k{index}")
            for index, name in enumerate(names)
        ]
        members = whole.statement.with_only_columns(*values).subquery()
        n = func.count()
        # SQL computes windows after grouping, so the sum of the groups' counts is the count of the whole list.
        share = cast(n, Double) / cast(func.sum(n).over(), Double)
        groups = (
            select(*members.c, n.label("n"), share.label("share")).group_by(*members.c).order_by(n.desc(), *members.c)
        )
        alias, dialect = compiler.alias(), compiler.dialect
        keys = separate(or_null(dialect.quote(f"{alias}.k{index}")) for index in range(len(names)))
        texts: dict[str, Sql] = {
            "keys": concat(constant("["), *keys, constant("]")),
            "count": text_of(f"{alias}.n"),
            "share": dialect.float(f"{alias}.share"),
        }
        item = compiler.compose(field, lambda part: texts[part.name])
        return compiler.list(item, f"({compiler.statement(whole.but(groups))}) AS {alias}")
