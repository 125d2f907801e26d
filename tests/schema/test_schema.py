"""The schema as a whole: its SDL, its descriptions, and that every field compiles and returns its type."""

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_introspection_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_required_argument,
    is_union_type,
)
from sqlalchemy import func, select

from db.models import BY_NAME
from schema.build import build
from schema.compile.compiler import Graph
from tests.schema.conftest import Client

CORE: GraphQLSchema = Graph(build()).core
ENTITIES = Graph(build()).entities

# These are the arguments of every field that has required ones.
REQUIRED = {"property": '"EMPLOYEES"', "key": '"partner_type_breakdown"', "by": '["sector"]'}


def test_the_committed_sdl_is_the_schemas() -> None:
    committed = Path("schema/schema.graphql").read_text()
    assert committed == build().as_str() + "\n", "run `make sdl` and commit schema/schema.graphql"


def described() -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for name, type_ in CORE.type_map.items():
        if is_introspection_type(type_):
            continue
        found.append((name, type_.description))
        if is_object_type(type_) or is_interface_type(type_) or is_input_object_type(type_):
            for field, definition in type_.fields.items():
                found.append((f"{name}.{field}", definition.description))
                arguments = getattr(definition, "args", {})
                found += [(f"{name}.{field}({key}:)", argument.description) for key, argument in arguments.items()]
        if is_enum_type(type_):
            found += [(f"{name}.{value}", definition.description) for value, definition in type_.values.items()]
    return found


def test_everything_is_described() -> None:
    assert [place for place, description in described() if not description] == []


def selection(type_: Any, depth: int) -> str:
    """Return a selection of every field of a type, `depth` levels of objects deep."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if is_union_type(named) or is_interface_type(named):
        own = " ".join(f"... on {name.name} {{ __typename }}" for name in CORE.get_possible_types(named))
        return f"{{ __typename {own} }}"
    fields = (
        field(name, definition, depth)
        for name, definition in named.fields.items()
        if depth > 0 or is_leaf_type(get_named_type(definition.type))
    )
    return f"{{ __typename {' '.join(fields)} }}"


def field(name: str, definition: GraphQLField, depth: int) -> str:
    required = [key for key, argument in definition.args.items() if is_required_argument(argument)]
    arguments = f"({', '.join(f'{key}: {REQUIRED[key]}' for key in required)})" if required else ""
    return f"{name}{arguments} {selection(definition.type, depth - 1)}"


def check(type_: Any, value: Any, place: str) -> None:
    """Assert that the value conforms to the type."""
    if is_non_null_type(type_):
        assert value is not None, f"{place} is null"
        check(type_.of_type, value, place)
    elif value is None:
        return
    elif is_list_type(type_):
        for index, item in enumerate(value):
            check(type_.of_type, item, f"{place}[{index}]")
    elif not is_leaf_type(type_):
        shown = CORE.type_map[value["__typename"]]
        assert isinstance(shown, GraphQLObjectType)
        for name, item in value.items():
            if name != "__typename":
                check(shown.fields[name].type, item, f"{place}.{name}")


@pytest.mark.parametrize("name", sorted(ENTITIES))
async def test_every_field_of_an_entity_is_answered_by_one_statement(client: Client, name: str) -> None:
    type_ = CORE.type_map[name]
    query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {selection(type_, 2)} }} }}"
    data = await client.data(query, ids=[f"{name}:{number}" for number in range(1, 61)])
    assert len(client.statements) == 1
    rows = [row for row in data["nodes"] if row]
    for row in rows:
        check(type_, row, name)
    assert rows or await is_empty(client, name)


async def is_empty(client: Client, name: str) -> bool:
    async with client.database.read() as session:
        return not await session.scalar(select(func.count()).select_from(BY_NAME[name]))


async def test_every_field_of_the_root_is_answered_by_one_statement(client: Client) -> None:
    arguments = {"node": '(id: "Claim:1")', "nodes": '(ids: ["Claim:1"])', "source": '(id: "Source:1")'}
    arguments["compareOrganizations"] = '(ids: ["Organization:1"], keys: ["partner_type_breakdown"])'
    arguments["organization"] = '(slug: "partnership-on-ai")'
    assert CORE.query_type is not None
    for name, definition in CORE.query_type.fields.items():
        if name == "simulate":
            # A simulation is not a read: it computes its answer from gathered facts.
            continue
        query = f"{{ {name}{arguments.get(name, '')} {selection(definition.type, 2)} }}"
        data = await client.data(query)
        assert len(client.statements) == 1, name
        check(definition.type, data[name], name)
