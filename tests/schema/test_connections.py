"""Connections: keyset pages, separate for each parent."""

from typing import Any

import pytest

from tests.schema.conftest import Client

PARTNERS = """query(
  $first: Int, $after: String, $last: Int, $before: String, $where: PartnershipWhere, $order: [PartnershipOrder!]
) { organization(slug: "partnership-on-ai") {
    partnerships(first: $first, after: $after, last: $last, before: $before, where: $where, orderBy: $order) {
      totalCount nodes { id partner { name } } edges { cursor node { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } } }"""

BY_NAME_DOWN = [{"field": "PARTNER_NAME", "direction": "DESC"}]


async def partners(client: Client, **variables: Any) -> Any:
    return (await client.data(PARTNERS, **variables))["organization"]["partnerships"]


async def all_pages(client: Client, first: int, **variables: Any) -> list[str]:
    names: list[str] = []
    after = None
    while True:
        page = await partners(client, first=first, after=after, **variables)
        assert page["nodes"], "there was to be a next page"
        names += [node["partner"]["name"] for node in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            return names
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("first", [1, 2, 4, 9, 100])
@pytest.mark.parametrize("order", [None, BY_NAME_DOWN, [{"field": "START"}, *BY_NAME_DOWN]])
async def test_pages_put_together_are_the_whole_list(client: Client, first: int, order: Any) -> None:
    whole = await partners(client, first=100, order=order)
    assert await all_pages(client, first, order=order) == [node["partner"]["name"] for node in whole["nodes"]]
    assert whole["totalCount"] == 9


@pytest.mark.parametrize("last", [1, 2, 4, 9, 100])
@pytest.mark.parametrize("order", [None, BY_NAME_DOWN, [{"field": "START"}, *BY_NAME_DOWN]])
async def test_pages_backwards_put_together_are_the_whole_list(client: Client, last: int, order: Any) -> None:
    whole = await partners(client, first=100, order=order)
    ids: list[str] = []
    before = None
    while True:
        page = await partners(client, last=last, before=before, order=order)
        ids = [node["id"] for node in page["nodes"]] + ids
        assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        assert page["pageInfo"]["hasNextPage"] is (before is not None)
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        before = page["pageInfo"]["startCursor"]
    assert ids == [node["id"] for node in whole["nodes"]]


@pytest.mark.parametrize(
    ("size", "places", "goes_on"),
    [({"first": 2}, [2, 3], (True, True)), ({"last": 2}, [4, 5], (True, True)), ({}, [2, 3, 4, 5], (True, True))],
)
async def test_two_cursors_bound_the_page(
    client: Client, size: Any, places: list[int], goes_on: tuple[bool, bool]
) -> None:
    whole = (await partners(client, first=100))["edges"]
    page = await partners(client, after=whole[1]["cursor"], before=whole[6]["cursor"], **size)
    assert [edge["cursor"] for edge in page["edges"]] == [whole[place]["cursor"] for place in places]
    assert (page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) == goes_on


async def test_cursors_that_cross_leave_nothing(client: Client) -> None:
    whole = (await partners(client, first=100))["edges"]
    page = await partners(client, after=whole[6]["cursor"], before=whole[1]["cursor"])
    assert page["nodes"] == []


async def test_descending_names_come_in_descending_order(client: Client) -> None:
    names = await all_pages(client, 2, order=BY_NAME_DOWN)
    assert names == sorted(names, reverse=True)


async def test_edges_and_nodes_are_the_same_rows(client: Client) -> None:
    page = await partners(client, first=3)
    assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
    assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
    assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]


async def test_an_empty_page_has_no_cursors(client: Client) -> None:
    page = await partners(client, first=3, where={"partnerName": {"eq": "Nobody"}})
    none = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert page == {"totalCount": 0, "nodes": [], "edges": [], "pageInfo": none}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ({"role": ["PARTNER"]}, ["OpenAI", "Anthropic"]),
        ({"partnerName": {"startsWith": "Me"}}, ["Meta"]),
        ({"partnerName": {"contains": "oo"}}, ["Google"]),
        ({"partnerName": {"in": ["IBM", "Apple"]}}, ["Apple", "IBM"]),
        ({"partnerName": {"in": []}}, []),
        ({"partnerName": {"contains": "", "startsWith": "I"}}, ["IBM"]),
        ({"sector": ["MEDIA"]}, []),
        ({"isCurrent": False}, []),
        ({"or": [{"partnerName": {"eq": "IBM"}}, {"role": ["PARTNER"]}], "not": {"partnerName": {"eq": "OpenAI"}}},
         ["IBM", "Anthropic"]),
        ({"and": [{"role": ["PARTNER"]}, {"partnerName": {"eq": "IBM"}}]}, []),
    ],
)  # fmt: skip
async def test_a_filter_leaves_what_it_says(client: Client, where: Any, names: list[str]) -> None:
    page = await partners(client, first=100, where=where)
    assert {node["partner"]["name"] for node in page["nodes"]} == set(names)
    assert page["totalCount"] == len(names)


async def test_groups_count_the_whole_list(client: Client) -> None:
    data = await client.data(
        '{ organization(slug: "partnership-on-ai") { partnerships(first: 1) {'
        ' groups(by: ["sector", "role"]) { keys count share } } } }'
    )
    assert data["organization"]["partnerships"]["groups"] == [
        {"keys": ["INDUSTRY", "FOUNDING_PARTNER"], "count": 7, "share": pytest.approx(7 / 9)},
        {"keys": ["INDUSTRY", "PARTNER"], "count": 2, "share": pytest.approx(2 / 9)},
    ]


async def test_each_parent_has_its_own_limit(client: Client) -> None:
    data = await client.data(
        '{ organizations(first: 100, where: {hasPartner: "Organization:2"}) {'
        " nodes { partnerships(first: 2) { nodes { partner { memberships(first: 1) { nodes { id } } } } } } } }"
    )
    (convener,) = data["organizations"]["nodes"]
    assert [len(node["partner"]["memberships"]["nodes"]) for node in convener["partnerships"]["nodes"]] == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("first: 0", "expected first between 1 and 100, got 0"),
        ("first: 101", "expected first between 1 and 100, got 101"),
        ("last: -1", "expected last between 1 and 100, got -1"),
        ("first: 1, last: 2", "expected either first or last, got first: 1 and last: 2"),
        ('after: "5b5d"', "expected a cursor that this list gave in this order, got '5b5d'"),
        ('before: "5b5d"', "expected a cursor that this list gave in this order, got '5b5d'"),
        ('after: "nonsense"', "expected a cursor that this list gave in this order, got 'nonsense'"),
        ('after: "5b2261225d"', "expected a cursor that this list gave in this order, got '5b2261225d'"),
    ],
)
async def test_a_bad_page_is_refused_with_what_was_got(client: Client, arguments: str, message: str) -> None:
    assert await client.error(f"{{ organizations({arguments}) {{ nodes {{ id }} }} }}") == message


@pytest.mark.parametrize(
    ("order", "values"),
    [
        ({"field": "METRIC", "metricKey": "ratio"}, '[0,"NaN",1]'),
        ({"field": "METRIC", "metricKey": "ratio"}, '[0,"1e999999999",1]'),
        ({"field": "CREATED_AT"}, '["2026-11-22T00:00:00",1]'),
        ({"field": "NAME"}, "[1,1]"),
    ],
)
async def test_a_cursor_that_no_list_gave_is_refused(client: Client, order: Any, values: str) -> None:
    query = """query($order: [OrganizationOrder!], $after: String) {
      organizations(orderBy: $order, after: $after) { totalCount } }"""
    message = await client.error(query, order=[order], after=values.encode().hex())
    assert message.startswith("expected a cursor that this list gave in this order")


async def test_an_order_of_too_many_keys_is_refused(client: Client) -> None:
    orders = "{field: NAME} " * 6
    message = await client.error(f"{{ organizations(orderBy: [{orders}]) {{ totalCount }} }}")
    assert message == "expected at most 5 orders in orderBy, got 6"


async def test_an_unknown_group_is_refused_with_those_that_there_are(client: Client) -> None:
    message = await client.error('{ organizations { groups(by: ["name"]) { count } } }')
    assert message == "expected `by` to list 1 to 3 of sector, got ['name']"


async def test_changes_come_newest_first_across_pages(writer: Client) -> None:
    for rank in ("DEPRECATED", "NORMAL", "PREFERRED"):
        await writer.data(f'mutation {{ setClaimRank(claim: "Claim:1", rank: {rank}, write: {{}}) {{ __typename }} }}')
    query = """query($after: String) { organization(slug: "partnership-on-ai") {
      changes(first: 1, after: $after) { nodes { id after } pageInfo { hasNextPage endCursor } } } }"""
    ranks, after = [], None
    for _ in range(3):
        page = (await writer.data(query, after=after))["organization"]["changes"]
        ranks.append(page["nodes"][0]["after"]["rank"])
        after = page["pageInfo"]["endCursor"]
    assert ranks == ["PREFERRED", "NORMAL", "DEPRECATED"]


async def test_a_passages_citations_come_in_the_order_of_the_text(client: Client) -> None:
    data = await client.data('{ node(id: "Passage:3") { ... on Passage { citations { id start } } } }')
    starts = [citation["start"] for citation in data["node"]["citations"]]
    ids = [int(citation["id"].partition(":")[2]) for citation in data["node"]["citations"]]
    assert starts == sorted(starts)
    assert ids != sorted(ids), "the order of insertion would prove nothing"
