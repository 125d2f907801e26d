"""On both databases, the service answers every operation like graphql-core does from plain rows."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_input_object_type,
    is_object_type,
    is_union_type,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from tests.proof.arguments import Arguments
from tests.proof.breaks import BREAKS, Break
from tests.proof.comparison import Comparison
from tests.proof.conftest import EXAMPLES, MOST_A_ROUND
from tests.proof.operations import Operation, operations

# The tests share the registry, which takes seconds to create.
pytestmark = pytest.mark.xdist_group("proof")

# Each broken compiler was noticed within a tenth of these operations.
ENOUGH = 2000
# How often 250 more operations are drawn if some part of the schema was never used.
MOST_MORE = 10


def compare_answers(comparison: Comparison, seed: int, examples: int) -> None:
    """Compare the answers to this many drawn operations. Raises `AssertionError` for the first that differs."""
    reference = comparison.reference

    @seeded(seed)
    @settings(
        max_examples=examples,
        # The comparison shrinks a failing operation within a moment. Hypothesis would take minutes.
        phases=[Phase.generate],
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(operations(reference.schema, Arguments(reference.tables)))
    def check(operation: Operation) -> None:
        comparison.check(operation)

    check()


def test_every_answer_is_that_of_the_naive_reference(comparison: Comparison, seed: int) -> None:
    comparison.reference.used.clear()
    compare_answers(comparison, seed, min(EXAMPLES, MOST_A_ROUND))
    if seed == 0:
        # The operations use the whole readable schema. A rare part of it may need some more of them.
        for more in range(1, MOST_MORE + 1):
            if find_unused(comparison):
                compare_answers(comparison, -more, 250)
        assert find_unused(comparison) == []


def find_unused(comparison: Comparison) -> list[str]:
    """Return the parts of the readable schema that no operation has used so far."""
    return sorted(set(_readable_schema(comparison.reference.schema)) - comparison.reference.used)


def _readable_schema(schema: GraphQLSchema) -> Iterator[str]:
    """Yield all fields that a query can select, their arguments, and the keys of their input objects."""
    waiting: list[Any] = [schema.query_type]
    for type_ in waiting:
        fields = {} if is_union_type(type_) else type_.fields
        for name, field in fields.items():
            if is_object_type(type_):
                yield f"{type_.name}.{name}"
                yield from (f"{type_.name}.{name}({argument})" for argument in field.args)
                yield from _input_keys([get_named_type(argument.type) for argument in field.args.values()])
        shown = [named for field in fields.values() if is_composite_type(named := get_named_type(field.type))]
        possible = schema.get_possible_types(type_) if is_abstract_type(type_) else ()
        waiting += [one for one in dict.fromkeys((*shown, *possible)) if one not in waiting]


def _input_keys(types: list[Any]) -> Iterator[str]:
    for type_ in types:
        if is_input_object_type(type_):
            yield from (f"{type_.name}.{key}" for key in type_.fields)
            inner = (get_named_type(field.type) for field in type_.fields.values())
            types += [one for one in inner if one not in types]


@pytest.mark.parametrize("break_", BREAKS, ids=lambda break_: break_.__name__)
def test_a_broken_compiler_is_noticed(
    comparison: Comparison, seed: int, monkeypatch: pytest.MonkeyPatch, break_: Break
) -> None:
    break_(monkeypatch)
    with pytest.raises(AssertionError, match="differs from the reference's"):
        compare_answers(comparison.with_new_services(), seed, ENOUGH)
