"""Variables have the values that graphql-core would give them, on every path."""

import re
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from graphql.execution.values import get_variable_values

from schema.build import build
from schema.compile.compiler import Graph
from schema.variables import Variables

CORE = Graph(build()).core


@pytest.mark.parametrize(
    "definitions",
    ["$a: String", "$a: String!", "$a: ID!", "$a: Boolean", "$a: [String!]", "$a: Int", "$a: Date", '$a: String = "d"',
     "$a: Sector", "$a: OrganizationWhere", "$a: String, $b: String", "$a: Nope", ""],
)  # fmt: skip
@pytest.mark.parametrize(
    "given",
    [{}, {"a": None}, {"a": "x"}, {"a": ""}, {"a": 1}, {"a": 1.5}, {"a": True}, {"a": ["x"]}, {"a": {}}, {"b": "x"},
     {"a": "INDUSTRY"}, {"a": "2016-09-01"}, {"a": "x", "b": "y", "c": "z"}],
)  # fmt: skip
def test_values_are_coerced_as_graphql_core_does_it(definitions: str, given: dict[str, Any]) -> None:
    (operation,) = parse(f"query Q({definitions}) {{ __typename }}" if definitions else "{ __typename }").definitions
    assert isinstance(operation, OperationDefinitionNode)
    nodes = operation.variable_definitions or ()
    assert shown(Variables(CORE, nodes).coerce(given)) == shown(get_variable_values(CORE, nodes, given))


def shown(values: Any) -> str:
    """Return the value's text without memory addresses."""
    return re.sub("0x[0-9a-f]+", "", repr(values))
