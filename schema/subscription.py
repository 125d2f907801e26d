"""The subscription root: its field, its arguments, and what each event reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple

import strawberry
from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields
from graphql.execution.values import VariableValues
from strawberry import UNSET

from db.values.text import is_storable
from schema.compile.declare import accept_all, make_field
from schema.compile.dialect import Sql
from schema.compile.field import Field
from schema.compile.identity import number, parse_id
from schema.compile.protocols import Arguments, FieldCompiler
from schema.compile.row import Row
from schema.compile.source import row_id
from schema.metric import MetricValue

MOST_KEYS: Final = 100


@dataclass(frozen=True)
class Event:
    """Reads the row that an event is about, in its state when the event is sent."""

    def check(self, arguments: Arguments) -> Arguments:
        return accept_all(arguments)

    def text(self, compiler: FieldCompiler, row: Row | None, field: Field) -> Sql:
        return compiler.by_number(field.type.name, row_id(), field)


class Wanted(NamedTuple):
    """The events that a subscriber wants; None means all. `after_change` is the newest change that it knows."""

    organization_id: int | None
    keys: frozenset[str] | None
    after_change: int | None


def read_wanted(arguments: Mapping[str, Any]) -> Wanted:
    """Reads the arguments of `metricChanged`; raises `GraphQLError` for bad ones."""
    keys: list[str] | None = arguments.get("keys")
    if keys is not None and not 1 <= len(keys) <= MOST_KEYS:
        raise GraphQLError(f"expected between 1 and {MOST_KEYS} keys, got {len(keys)}")
    if keys and (unstorable := [key for key in keys if not is_storable(key)]):
        raise GraphQLError(f"expected Unicode text without NUL, got {unstorable[0][:80]!a}")
    return Wanted(
        _number(arguments.get("organization"), "Organization"),
        None if keys is None else frozenset(keys),
        _number(arguments.get("afterChange"), "Change"),
    )


def only_field(
    schema: GraphQLSchema,
    owner: GraphQLObjectType,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: VariableValues,
) -> tuple[str, list[FieldDetails]]:
    """The one field of a valid subscription, with its name in the response."""
    known = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
    (field,) = collect_fields(schema, known, variables, owner, operation).grouped_field_set.items()
    return field


def _number(id: str | None, type_name: str) -> int | None:
    return None if id is None else number(parse_id(id), type_name)


def _metric_changed(
    _: Any,
    organization: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Send only metrics of this organization, by its global id."),
    ] = UNSET,
    keys: Annotated[
        list[str] | None,
        strawberry.argument(description=f"Send only the metrics with these keys, at most {MOST_KEYS}."),
    ] = UNSET,
    after_change: Annotated[
        strawberry.ID | None,
        strawberry.argument(
            description="Resume after a break: pass the newest `computedFromChange` that you received. The metrics that"
            " changed since then are sent first; some of them may arrive twice."
        ),
    ] = UNSET,
) -> MetricValue:
    """A metric whose state, number or parts changed, as it is when it is sent.

    If a metric changes faster than you read, you get only its latest value. Deleted values send nothing.
    """
    raise AssertionError


_metric_changed.__name__ = "metric_changed"


@strawberry.type(description="The events that clients can subscribe to, over WebSocket or as server-sent events.")
class Subscription:
    metric_changed: MetricValue = make_field(_metric_changed, Event())
