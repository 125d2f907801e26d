"""GET with entity tags: an unchanged answer is not sent again, and no answer is older than its tag."""

from collections.abc import Mapping

import pytest
from httpx import AsyncClient, Response

from api.etag import is_among
from api.graphql import GRAPHQL_RESPONSE, JSON
from db.commands.key import create_key
from db.connections.engine import Database
from tests.api.test_prometheus import samples
from tests.rows import Rows

NAMES = "query Names($first: Int) { organizations(first: $first) { nodes { name } } }"


async def get(
    client: AsyncClient, headers: Mapping[str, str] | None = None, query: str = NAMES, **parameters: str
) -> Response:
    return await client.get("/graphql", params={"query": query, **parameters}, headers=headers)


async def test_answer_is_sent_once_while_nothing_changes(client: AsyncClient, rows: Rows) -> None:
    await rows.organization()
    first = await get(client)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["vary"] == "Accept, Authorization"
    again = await get(client, {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]
    assert "content-type" not in again.headers


async def test_unchanged_answer_is_not_read_again(client: AsyncClient) -> None:
    tag = (await get(client)).headers["etag"]
    statements = (await samples(client))["convene_statement_seconds_count"]
    await get(client, {"If-None-Match": tag})
    assert (await samples(client))["convene_statement_seconds_count"] == statements
    await get(client)
    assert (await samples(client))["convene_statement_seconds_count"] == statements + 1


async def test_commit_makes_it_be_sent_anew(client: AsyncClient, rows: Rows) -> None:
    first = await get(client)
    await rows.organization()
    second = await get(client, {"If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    assert second.headers["etag"] != first.headers["etag"]
    assert second.json() != first.json()


async def test_each_question_has_a_tag_of_its_own(client: AsyncClient, database: Database) -> None:
    async with database.write() as session:
        key = {"Authorization": f"Bearer {await create_key(session, 'a test')}"}
    other = NAMES.replace("Names", "Others")
    answers = [
        await get(client),
        await get(client, query=other),
        await get(client, query=f"{NAMES} {other}", operationName="Names"),
        await get(client, query=f"{NAMES} {other}", operationName="Others"),
        await get(client, variables='{"first": 1}'),
        await get(client, {"Accept": GRAPHQL_RESPONSE}),
    ]
    tags = [answer.headers["etag"] for answer in answers]
    assert len(set(tags)) == len(tags)
    with_key = await get(client, key)
    assert with_key.headers["cache-control"] == "private, no-cache"


async def test_asterisk_matches_any_existing_answer(client: AsyncClient) -> None:
    assert (await get(client, {"If-None-Match": "*"})).status_code == 304
    refused = await get(client, {"If-None-Match": "*"}, query="{ nothing }")
    assert (refused.status_code, "errors" in refused.json()) == (200, True)


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
@pytest.mark.parametrize(
    "query",
    [
        "{ nothing }",
        '{ organization(slug: "No Slug") { id } }',
        '{ __schema { queryType { name } } source(id: "x") { id } }',
    ],
)
async def test_errors_have_no_tag(client: AsyncClient, query: str, accept: str) -> None:
    response = await get(client, {"Accept": accept}, query=query)
    assert "errors" in response.json()
    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "no-store"


async def test_post_is_always_answered(client: AsyncClient) -> None:
    headers = {"If-None-Match": (await get(client)).headers["etag"]}
    response = await client.post("/graphql", json={"query": NAMES}, headers=headers)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


@pytest.mark.parametrize(
    ("given", "matches"),
    [
        ('W/"a"', True),
        ('"a"', True),
        ('"b", W/"a"', True),
        ('"b","a"', True),
        ('W/"x,y" , "a"', True),
        ("", False),
        ('"b"', False),
        ("a", False),
        ('"A"', False),
        ('"b, a"', False),
        ('"xa"', False),
    ],
)
def test_tags_are_compared_weakly(given: str, matches: bool) -> None:
    assert is_among('W/"a"', given) is matches
