"""Keys: what a request may carry, who that makes it, and what is said of a bad one."""

import pytest
from httpx import AsyncClient, Response

from db.commands.key import create_key, list_keys, revoke_key
from db.connections.engine import Database

RANK = 'mutation { setClaimRank(claim: "Claim:1", rank: NORMAL, write: {reason: "a test"}) { __typename } }'


@pytest.fixture
async def key(database: Database) -> str:
    async with database.write() as session:
        return await create_key(session, "a test")


async def rank(client: AsyncClient, *authorization: str) -> Response:
    headers = [("Authorization", value) for value in authorization]
    return await client.post("/graphql", json={"query": RANK}, headers=headers)


def outcome(response: Response) -> str:
    return response.json()["data"]["setClaimRank"]["__typename"]


async def test_request_without_a_key_is_anonymous_and_writes_nothing(client: AsyncClient) -> None:
    response = await rank(client)
    assert response.status_code == 200
    assert outcome(response) == "PermissionDeniedError"


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {} "])
async def test_key_opens_the_mutations(client: AsyncClient, key: str, form: str) -> None:
    response = await rank(client, form.format(key))
    assert response.status_code == 200
    assert outcome(response) == "NotFoundError"


def assert_unauthorized(response: Response, message: str) -> None:
    assert response.status_code == 401
    assert response.json() == {"errors": [{"message": message}]}
    assert response.headers["www-authenticate"] == 'Bearer realm="convene"'


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "{}", "Token {}", "Bearer{}"])
async def test_header_of_another_form_is_refused(client: AsyncClient, key: str, header: str) -> None:
    response = await rank(client, header.format(key))
    assert_unauthorized(response, "Authorization must be `Bearer KEY`, got another form")


@pytest.mark.parametrize("guess", ["cvn_guessed", "k\u00e9y", "x" * 10_000])
async def test_unknown_key_is_refused_and_not_repeated(client: AsyncClient, key: str, guess: str) -> None:
    response = await client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Authorization": f"Bearer {guess}".encode("latin-1")}
    )
    assert_unauthorized(response, "the key must be one that `convene keys create` made, got an unknown or revoked one")


async def test_revoked_key_is_refused(client: AsyncClient, key: str, database: Database) -> None:
    async with database.write() as session:
        (row,) = await list_keys(session)
        await revoke_key(session, row.id)
    response = await rank(client, f"Bearer {key}")
    assert_unauthorized(response, "the key must be one that `convene keys create` made, got an unknown or revoked one")
