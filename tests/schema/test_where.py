"""Filter inputs: their declarations, and the rows that their combinations match."""

import pytest
import strawberry

from db import models
from schema.compile.where import column, condition_input, filter_input
from tests.schema.conftest import Client


def test_a_field_without_a_condition_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match=r"expected a condition for Filter\.stance, got"):

        @filter_input
        class Filter:  # pyright: ignore[reportUnusedClass]
            kind: str | None = column(models.Issue.kind, "Match by kind.")
            stance: str | None = strawberry.field(default=strawberry.UNSET, description="Does nothing.")


def test_a_field_without_a_declaration_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match=r"expected a condition for Operators\.eq, got None"):

        @condition_input
        class Operators:  # pyright: ignore[reportUnusedClass]
            eq: str | None


@pytest.mark.parametrize(
    ("where", "slugs"),
    [
        ("{and: []}", ["apple", "partnership-on-ai"]),
        ("{or: []}", []),
        ("{not: {}}", []),
        ('{and: [{name: {eq: "Apple"}}, {isConvener: false}]}', ["apple"]),
        ('{and: [{name: {eq: "Apple"}}, {isConvener: true}]}', []),
        ('{or: [{isConvener: true}, {name: {eq: "Apple"}}]}', ["apple", "partnership-on-ai"]),
        ("{not: {isConvener: true}}", ["apple"]),
        ('{isConvener: true, not: {name: {eq: "Apple"}}}', ["partnership-on-ai"]),
        ('{name: {eq: "Apple"}, or: [{isConvener: true}]}', []),
        ("{name: null, isConvener: null, and: null, or: null, not: null}", ["apple", "partnership-on-ai"]),
    ],
)
async def test_combinations_of_filters(client: Client, where: str, slugs: list[str]) -> None:
    both = '{or: [{name: {eq: "Apple"}}, {isConvener: true}]}'
    query = f"{{ organizations(where: {{and: [{both}, {where}]}}) {{ nodes {{ slug }} }} }}"
    data = await client.data(query)
    assert sorted(node["slug"] for node in data["organizations"]["nodes"]) == slugs
