"""Limits: operations within them run, others are refused with the measured number, and measuring takes linear time."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import orjson
import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
    validate,
)

from schema import amount, limits, measure
from schema.build import build
from schema.limits import Limits, check, check_text
from schema.service import Caller, Operation, Service
from tests.schema.conftest import Client

CORE = build()._schema
NODES, WITH_CITATIONS = (len(CORE.get_possible_types(CORE.type_map[name])) for name in ("Node", "HasCitations"))  # pyright: ignore
SHIPPED = sorted(Path("api/ui/src/queries").glob("*.graphql"))


def admit(query: str, variables: dict[str, Any] | None = None, **limits: int) -> None:
    """Check the last operation of the document. Raises `GraphQLError` if it exceeds a limit."""
    allowed = Limits(**limits)
    check_text(query, allowed)
    tree = parse(query)
    *_, operation = (node for node in tree.definitions if isinstance(node, OperationDefinitionNode))
    fragments = {node.name.value: node for node in tree.definitions if isinstance(node, FragmentDefinitionNode)}
    check(tree, operation, fragments, allowed, CORE).check(variables or {})


def refusal(query: str, variables: dict[str, Any] | None = None, **limits: int) -> str:
    with pytest.raises(GraphQLError) as refused:
        admit(query, variables, **limits)
    return refused.value.message


def levels(number: int) -> str:
    """Return an operation with this many levels of fields."""
    deeper = ("to", "relations")
    inner = "id"
    for level in range(number - 2):
        inner = f"{deeper[level % 2]} {{ {inner} }}"
    return f'{{ organization(slug: "x") {{ {inner} }} }}'


def fields(number: int, field: str = "name") -> str:
    return f'{{ organization(slug: "x") {{ {f"{field} " * (number - 1)} }} }}'


def aliases(number: int) -> str:
    return "{ " + " ".join(f"a{place}: __typename" for place in range(number)) + " }"


def directives(number: int) -> str:
    return f"{{ __typename {'@include(if: true) ' * number} }}"


def fragments(number: int) -> str:
    return "{ __typename } " + " ".join(f"fragment f{place} on Query {{ __typename }}" for place in range(number))


def inlined(number: int) -> str:
    """Return nested inline fragments, all of them on the root."""
    return "{" + "...{" * (number - 1) + "__typename" + "}" * number


def spread(number: int) -> str:
    """Return the same nesting with named fragments."""
    chain = (f"fragment f{place} on Query {{ ...f{place + 1} }}" for place in range(number - 2))
    return "{ ...f0 } " + " ".join(chain) + f" fragment f{number - 2} on Query {{ __typename }}"


def ids(number: int) -> str:
    return f"{{ nodes(ids: [{'1 ' * number}]) {{ id }} }}"


def nested_where(depth: int) -> Any:
    """Return nested inputs as JSON."""
    where: Any = {}
    for _ in range(depth - 1):
        where = {"not": where}
    return where


def literal(value: Any) -> str:
    return orjson.dumps(value).decode().replace('"', "")


BY_IDS = "query($ids: [ID!]! = [1, 2, 3]) { nodes(ids: $ids) { id } }"
TWICE = "query($ids: [ID!]!) { ...F b: nodes(ids: $ids) { id } } fragment F on Query { nodes(ids: $ids) { id } }"
WHERE = "query($where: OrganizationWhere) { organizations(where: $where) { totalCount } }"
WITHIN = "query($where: OrganizationWhere!) { organizations(where: {and: [{not: $where}]}) { totalCount } }"


TOO_MANY = "expected at most 40 tokens, got 41 in the first 80 characters"


@pytest.mark.parametrize(
    ("limit", "operation", "message"),
    [
        ("max_characters", lambda n: "{ a }".ljust(n), "expected at most 40 characters, got 41"),
        ("max_tokens", lambda n: "{" + "a " * (n - 2) + "}", TOO_MANY),
        ("max_tokens", lambda n: "{ a }" + "#\n" * (n - 3), TOO_MANY),
        ("max_fields", fields, "expected at most 40 fields, got 41"),
        ("max_root_fields", lambda n: "{" + "__typename " * n + "}", "expected at most 40 root fields, got 41"),
        ("max_aliases", aliases, "expected at most 40 aliases, got 41"),
        ("max_directives", directives, "expected at most 40 directives, got 41"),
        ("max_fragments", fragments, "expected at most 40 fragments, got 41"),
        ("max_items", ids, "expected at most 40 items in arguments, got 41"),
    ],
)  # fmt: skip
def test_at_the_limit_is_admitted_and_one_more_is_refused(
    limit: str, operation: Callable[[int], str], message: str
) -> None:
    admit(operation(40), **{limit: 40})
    assert refusal(operation(41), **{limit: 40}) == message


@pytest.mark.parametrize(
    "operation",
    [
        levels,
        lambda n: "{ ...F } fragment F on Query " + levels(n),
        lambda n: levels(n).replace("{", "{ ... {").replace("}", "} }"),
    ],
)
def test_sixteen_fields_deep_is_admitted_however_they_are_written(operation: Callable[[int], str]) -> None:
    admit(operation(16))
    assert refusal(operation(17)) == "expected at most 16 levels of fields, got 17"


@pytest.mark.parametrize(
    ("operation", "name"),
    [(inlined, "nested brackets"), (spread, "nested selections")],
)
def test_fragments_within_fragments_have_a_limit_too(operation: Callable[[int], str], name: str) -> None:
    most = Limits().max_nesting
    admit(operation(most))
    assert refusal(operation(most + 1)) == f"expected at most {most} {name}, got {most + 1}"


def test_directives_count_wherever_they_stand() -> None:
    query = "query($v: Int @a) @a { ...F @a ... @a { x @a } } fragment F on Query @a { y }"
    assert refusal(query, max_directives=5) == "expected at most 5 directives, got 6"


def test_fragments_are_followed_no_deeper_than_is_admitted() -> None:
    within = "... { " * 9
    chain = (f"fragment f{place} on Query {{ {within} ...f{place + 1} {'}' * 9} }}" for place in range(98))
    message = refusal("{ ...f0 } " + " ".join(chain) + " fragment f98 on Query { __typename }")
    assert message == "expected at most 45 nested selections, got 46"


@pytest.mark.parametrize(
    ("query", "admitted", "refused"),
    [
        (BY_IDS, {"ids": [1] * 3}, {"ids": [1] * 4}),
        (BY_IDS, {}, {"ids": ["a", "b", "c", "d"]}),
        (TWICE, {"ids": [1]}, {"ids": [1, 2]}),
        (WHERE, {"where": {"and": [{"name": {}}]}}, {"where": {"and": [{"name": {"eq": "x"}}]}}),
    ],
)
def test_items_of_variables_count_wherever_the_variable_is_used(query: str, admitted: Any, refused: Any) -> None:
    admit(query, admitted, max_items=3)
    assert refusal(query, refused, max_items=3) == "expected at most 3 items in arguments, got 4"


def test_items_of_a_page_count_for_each_of_its_parts() -> None:
    parts = "totalCount nodes { id name } pageInfo { hasNextPage endCursor } again: nodes { id }"
    query = f"{{ organizations(where: {{sector: [MEDIA]}}) {{ {parts} }} }}"
    admit(query, max_items=5 * 2)
    assert refusal(query, max_items=9) == "expected at most 9 items in arguments, got 10"


def test_items_count_for_each_type_that_they_are_selected_of() -> None:
    partnerships = "partnerships(where: {role: [PARTNER]}) { totalCount }"
    supported = f"citations {{ supports {{ ... on Organization {{ {partnerships} }} }} }}"
    query = f'{{ node(id: "Claim:1") {{ ... on HasCitations {{ {supported} }} }} }}'
    admit(query, max_items=2 * WITH_CITATIONS)
    assert refusal(query, max_items=1) == f"expected at most 1 items in arguments, got {2 * WITH_CITATIONS}"


def test_items_of_a_default_count_where_no_value_is_given() -> None:
    admit(BY_IDS, {"ids": [1]}, max_items=2)
    assert refusal(BY_IDS, max_items=2) == "expected at most 2 items in arguments, got 3"


@pytest.mark.parametrize(
    "ask",
    [
        lambda depth: (f"{{ organizations(where: {literal(nested_where(depth))}) {{ totalCount }} }}", {}),
        lambda depth: (WHERE, {"where": nested_where(depth)}),
        lambda depth: (WITHIN, {"where": nested_where(depth - 3)}),
        lambda depth: (WHERE.replace(")", f" = {literal(nested_where(depth))})", 1), {}),
        lambda depth: (WHERE, {"where": {"and": [nested_where(depth - 2)]}}),
    ],
)  # fmt: skip
def test_inputs_within_each_other_have_a_limit(ask: Callable[[int], tuple[str, Any]]) -> None:
    admit(*ask(12))
    assert refusal(*ask(13)) == "expected at most 12 levels of lists and inputs, got 13"


PAGES = "query($n: Int, $m: Int = 3) { organizations(first: $n) { nodes { partnerships(%s) { nodes { id } } } } }"


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ __typename }", {}, 1),
        ("{ organization { name sector } }", {}, 1 + 2),
        ("{ organizations(first: 7) { totalCount nodes { id name } } }", {}, 1 + 7 * (2 + 2)),
        ("{ organizations(last: 7) { edges { node { id } } } }", {}, 1 + 7 * 3),
        ("{ organizations { nodes { id } } }", {}, 1 + 25 * 2),
        ("{ organizations(first: null) { nodes { id } } }", {}, 1 + 25 * 2),
        ("{ organizations(first: 1000000) { nodes { id } } }", {}, 1 + 100 * 2),
        (f"{{ organizations(first: {'9' * 9000}) {{ nodes {{ id }} }} }}", {}, 1 + 100 * 2),
        ("{ organization { otherNames { name } } }", {}, 1 + 1 + 5),
        ("{ nodes(ids: [1, 2, 3]) { id } }", {}, 1 + 3),
        ("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": [1, 2, 3]}, 1 + 3),
        ("query($i: [ID!]!) { compareOrganizations(ids: $i, keys: [1, 2]) { state } }", {"i": [1, 2, 3]}, 1 + 3 * 2),
        ("{ __schema { types { name } } }", {}, 1 + 1 + 10),
        ("{ organizations(first: 2) { groups(by: [1]) { count } } }", {}, 1 + 2 * (1 + 5)),
        (PAGES % "first: $m", {"n": 2, "m": 4}, 1 + 2 * (1 + 1 + 4 * 2)),
        (PAGES % "first: $m", {"n": 2}, 1 + 2 * (1 + 1 + 3 * 2)),
        (PAGES % "first: $m", {"n": None, "m": None}, 1 + 25 * (1 + 1 + 25 * 2)),
        (PAGES % "first: $n", {"n": 4.0}, 1 + 4 * (1 + 1 + 4 * 2)),
        ("query($n: Int) { organizations(first: 2) { ...F } }"
         " fragment F on OrganizationConnection { nodes { ...G } a: nodes { ...G } }"
         " fragment G on Organization { memberships(first: $n) { nodes { id } } }", {"n": 9},
         1 + 2 * 2 * (1 + 1 + 9 * 2)),
    ],
)  # fmt: skip
def test_cost_is_how_many_values_full_pages_hold(query: str, variables: Any, cost: int) -> None:
    admit(query, variables, max_cost=cost)
    message = f"expected at most {cost - 1} cost points, got {cost}: ask for fewer items (first) or fewer levels"
    if cost > 1:
        assert refusal(query, variables, max_cost=cost - 1) == message


def test_a_hundred_partners_of_partners_of_a_hundred_are_refused() -> None:
    pages = "partnerships(first: 100) { nodes { partner { partnerships(first: 100) { nodes { id } } } } }"
    assert "expected at most 500000 cost points, got 2030201" in refusal(
        f"{{ organizations(first: 100) {{ nodes {{ {pages} }} }} }}"
    )


@pytest.mark.parametrize(
    ("selection", "number"),
    [
        ("__typename", NODES),
        ("... on Claim { id }", 1),
        ("... on HasCitations { citations { id } }", WITH_CITATIONS * 2),
        ("...F", WITH_CITATIONS * 2),
        ("... { ... on Claim { id } }", NODES),
    ],
)
def test_selection_on_an_interface_counts_for_each_of_its_types(selection: str, number: int) -> None:
    query = f'{{ node(id: "Claim:1") {{ {selection} }} }} fragment F on HasCitations {{ citations {{ id }} }}'
    admit(query, max_fields=1 + number)
    assert refusal(query, max_fields=number) == f"expected at most {number} fields, got {1 + number}"


def test_every_operation_of_a_document_keeps_the_limits() -> None:
    assert refusal(fields(2000).replace("{", "query A {", 1) + " query B { __typename }").startswith(
        "expected at most 1000 fields"
    )


@pytest.mark.parametrize("query", [*(path.read_text() for path in SHIPPED), get_introspection_query(
    specified_by_url=True, input_value_deprecation=True, schema_description=True, directive_is_repeatable=True,
)])  # fmt: skip
def test_the_queries_of_the_page_and_of_tools_are_admitted(query: str) -> None:
    assert validate(CORE, parse(query)) == []
    admit(query)


PROFILE = """query($slug: String!) { organization(slug: $slug) {
  name metrics { definition { key } state value { value } }
  partnerships(first: 100) { totalCount nodes { role start partner { name sector } } }
  workstreams(first: 4) { nodes { name participations(first: 100) { nodes { partnership { partner { name } } } } } }
} }"""
LIST = """query($after: String) { organizations(first: 50, after: $after) { pageInfo { endCursor } nodes {
  name metrics { state value { value } }
  partnerships(first: 10) { nodes { role partner { name } } } workstreams { nodes { name } }
} } }"""


@pytest.mark.parametrize("query", [PROFILE, LIST])
def test_large_pages_are_admitted(query: str) -> None:
    assert validate(CORE, parse(query)) == []
    admit(query)


@pytest.mark.parametrize(
    "query",
    [
        "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }",
        "{ ...F } fragment F on Query { ...F }",
        "{ ...Nowhere nope(a: [1]) { deeper } ... on Nothing { x } organization { name { first } } }",
        "fragment F on Nothing { x } query($v: Nope = [1], $w: [Nope]) { node(id: $v, ids: $w) { ...F } }",
        "subscription { nothing { at } }",
        "type Extra { field: String } { __typename { more } }",
        "fragment F on Query { __typename } fragment F on Query { a } { ...F }",
    ],
)
def test_invalid_operations_are_left_to_validation(query: str) -> None:
    admit(query, {"v": {"x": [1]}, "w": 3})
    assert validate(CORE, parse(query)) != []


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("{ a(b: \"} # ] \\\" }\") }", 8),
        ('{ a(b: """ "quoted" \\""" } """) }', 8),
        ('{ a(b: """""", c: "") }', 11),
        ("{ a # } } } { { {\n b }", 5),
        ("{...F@a(b:-1.5e3,c:$d)}", 15),
        ("\ufeff{ a,,, b }", 4),
        ('{ a(b: "without an end', 6),
        ('{ a(b: """without an end', 6),
    ],
)  # fmt: skip
def test_tokens_are_told_apart_as_the_parser_does(text: str, tokens: int) -> None:
    check_text(text, Limits(max_tokens=tokens))
    with pytest.raises(GraphQLError, match=f"expected at most {tokens - 1} tokens, got {tokens}"):
        check_text(text, Limits(max_tokens=tokens - 1))


def test_brackets_in_strings_and_comments_nest_nothing() -> None:
    admit('{ a(b: "' + "{" * 5000 + '") # ' + "{" * 5000 + "\n }")


def test_the_text_is_read_no_further_than_it_is_admitted() -> None:
    assert refusal("{ a" * 30_000) == "expected at most 4000 tokens, got 4001 in the first 6001 characters"
    assert refusal("{a" * 1000 + "}" * 1000) == "expected at most 45 nested brackets, got 1000"


def doublings(number: int) -> str:
    chain = (f"fragment f{place} on Query {{ ...f{place + 1} ...f{place + 1} }}" for place in range(number))
    return "{ ...f0 } " + " ".join(chain) + f" fragment f{number} on Query {{ __typename }}"


def branching(number: int) -> str:
    """Return fragments that each page by two variables and spread the next one twice, so that the products multiply."""
    variables = "".join(f"$a{place}: Int $b{place}: Int " for place in range(number))

    def pages(place: int) -> str:
        page = "{x}: memberships(first: ${x}{place}) {{ nodes {{ convener {{ ...f{next} }} }} }}"
        return " ".join(page.format(x=x, place=place, next=place + 1) for x in ("a", "b"))

    chain = " ".join(f"fragment f{place} on Organization {{ {pages(place)} }}" for place in range(number))
    return f"query({variables}) {{ ...f0 }} {chain} fragment f{number} on Organization {{ id }}"


def test_a_billion_spreads_are_counted_and_refused() -> None:
    assert refusal(doublings(30)) == f"expected at most 50 root fields, got {2**30}"


MEASURED = {module.__file__ for module in (amount, limits, measure)}
WIDE = {"max_characters": 10**6, "max_tokens": 10**6, "max_fields": 10**3, "max_fragments": 10**3}


def steps(query: str, variables: dict[str, Any] | None = None) -> int:
    """Return the number of lines that run while an operation is measured, whether or not it is refused."""
    tree = parse(query)
    *_, operation = (node for node in tree.definitions if isinstance(node, OperationDefinitionNode))
    fragments = {node.name.value: node for node in tree.definitions if isinstance(node, FragmentDefinitionNode)}
    count = 0

    def step(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return step if frame.f_code.co_filename in MEASURED else None

    before = sys.gettrace()
    sys.settrace(step)
    try:
        check(tree, operation, fragments, Limits(**WIDE), CORE).check(variables or {})
    except GraphQLError:
        pass
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "sized",
    [
        lambda n: steps(doublings(n)),
        lambda n: steps(aliases(50 * n)),
        lambda n: steps(directives(100 * n)),
        lambda n: steps(ids(500 * n)),
        lambda n: steps(fields(100 * n)),
        lambda n: steps(fragments(30 * n)),
        lambda n: steps(BY_IDS, {"ids": [1] * 1000 * n}),
        lambda n: steps(WHERE, {"where": nested_where(100 * n)}),
    ],
)  # fmt: skip
def test_measuring_twice_the_document_takes_twice_the_steps(sized: Callable[[int], int]) -> None:
    sized(2)
    assert sized(20) <= 2.2 * sized(10)


def test_products_of_variables_are_no_more_than_fields_are_admitted() -> None:
    assert steps(branching(11)) < 1.2 * steps(branching(9))


def aliased(field: str, number: int) -> str:
    return " ".join(f"{field}{place}: {field}" for place in range(number))


def page_chain(inner: str, also: str = "") -> str:
    """Return thirteen levels of fields with `inner` at the end. Each row on the way also selects `also`."""
    for _ in range(4):
        inner = f"memberships(first: 1) {{ nodes {{ {also} convener {{ {also} {inner} }} }} }}"
    return f'{{ organization(slug: "amazon") {{ {inner} }} }}'


WIDE_CHAIN = page_chain(
    f"{aliased('slug', 100)} relations {{ id kind validDuring to {{ {aliased('name', 16)} }} }}",
    f"__typename id version createdAt updatedAt {aliased('id', 10)}",
)


def pages(number: int, arguments: str, selection: str) -> str:
    return " ".join(f"p{n}: memberships(first: {n % 9 + 1} {arguments}) {{ {selection} }}" for n in range(number))


def filtered(names: int) -> str:
    """Return a filter of partnerships with twelve levels of lists and inputs."""
    inner = "{partnerName: {in: [" + '"Amazon" ' * names + "]}}"
    for around in ("not: %s", "and: [%s]", "not: %s", "or: [%s]", "and: [%s]", "not: %s"):
        inner = f"{{{around % inner}}}"
    return inner


def roots(number: int) -> str:
    page = "totalCount pageInfo { hasNextPage endCursor } nodes { id name } edges { cursor }"
    arguments = "first: 1, where: {isConvener: true}"
    return "{ " + " ".join(f"r{n}: organizations({arguments}) {{ {page} }}" for n in range(number)) + " }"


def conditions(key: str) -> str:
    return f"{{ organizations(where: {{{key}: [{'{isConvener: true} ' * 249}]}}) {{ totalCount }} }}"


EXTREMES = {
    "deep and wide": WIDE_CHAIN,
    "pages beside pages": f'{{ organization(slug: "amazon") {{ {pages(200, "", "totalCount nodes { id }")} }} }}',
    "pages beside pages in the depth": page_chain(pages(200, "where: {isCurrent: true}", "totalCount")),
    "pages at the root": roots(50),
    "a long filter in the depth": page_chain(f"memberships(where: {filtered(489)}) {{ totalCount }}"),
    "conditions": conditions("and"),
    "alternatives": conditions("or"),
    "interfaces within interfaces": '{ node(id: "Claim:1") { __typename id ... on HasCitations { citations {'
    " id exact supports { __typename ... on Node { id } ... on Versioned { version createdAt } } } } } }",
}


@pytest.mark.parametrize("name", EXTREMES)
async def test_the_largest_that_is_admitted_runs(client: Client, name: str) -> None:
    admit(EXTREMES[name])
    await client.data(EXTREMES[name])


@pytest.mark.parametrize(
    ("operation", "limits", "message"),
    [
        (Operation(levels(5)), {"max_depth": 4}, "expected at most 4 levels of fields, got 5"),
        (Operation("{a" * 3000), {}, "expected at most 4000 tokens, got 4001 in the first 4001 characters"),
        (Operation(aliases(1000)), {}, "expected at most 200 aliases, got 1000"),
        (Operation(doublings(30)), {}, f"expected at most 50 root fields, got {2**30}"),
        (Operation(WHERE, {"where": nested_where(1000)}), {},
         "expected at most 12 levels of lists and inputs, got 1000"),
        (Operation(BY_IDS, {"ids": ["Claim:1"] * 100_000}), {}, "expected at most 500 items in arguments, got 100000"),
        (Operation("mutation { a: __typename b: __typename }"), {"max_aliases": 1},
         "expected at most 1 aliases, got 2"),
        (Operation("subscription { a: __typename b: __typename }"), {"max_aliases": 1},
         "expected at most 1 aliases, got 2"),
    ],
)  # fmt: skip
async def test_the_service_refuses_what_is_beyond_its_limits(
    client: Client, operation: Operation, limits: dict[str, int], message: str
) -> None:
    service = Service(client.database, limits=Limits(**limits))
    answer = await service.answer(operation, Caller())
    assert answer.is_request_error
    assert [error["message"] for error in orjson.loads(answer.body)["errors"]] == [message]
    assert client.statements == []


async def test_a_document_that_is_known_is_refused_by_its_variables_all_the_same(client: Client) -> None:
    service = Service(client.database, limits=Limits(max_cost=30))
    query = "query($n: Int) { organizations(first: $n) { nodes { id } } }"
    answers = [(await service.answer(Operation(query, {"n": n}), Caller())).is_request_error for n in (10, 20, 14, 15)]
    assert answers == [False, True, False, True]
