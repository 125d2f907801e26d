"""Keys: how a request carries one, which caller it gives, and the answers to bad keys."""

import time
from contextlib import suppress

import pytest
from httpx import AsyncClient, Response
from starlette.exceptions import HTTPException

from api import auth
from db.commands.key import create_key, list_keys, revoke_key
from db.connections.engine import Database
from schema.service import Caller
from tests.rows import Rows

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
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "UNAUTHENTICATED"}}]}
    assert response.headers["www-authenticate"] == 'Bearer realm="convene"'


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "{}", "Token {}", "Bearer{}"])
async def test_header_of_another_form_is_refused(client: AsyncClient, key: str, header: str) -> None:
    response = await rank(client, header.format(key))
    assert_unauthorized(response, "expected Authorization as `Bearer KEY`, got another form")


@pytest.mark.parametrize("guess", ["cvn_guessed", "k\u00e9y", "x" * 10_000])
async def test_unknown_key_is_refused_and_not_repeated(client: AsyncClient, key: str, guess: str) -> None:
    response = await client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Authorization": f"Bearer {guess}".encode("latin-1")}
    )
    assert_unauthorized(response, "expected a key from `convene keys create`, got an unknown or revoked one")


async def test_revoked_key_is_refused(client: AsyncClient, key: str, database: Database) -> None:
    async with database.write() as session:
        (row,) = await list_keys(session)
        await revoke_key(session, row.id)
    response = await rank(client, f"Bearer {key}")
    assert_unauthorized(response, "expected a key from `convene keys create`, got an unknown or revoked one")


async def revoke_all(database: Database) -> None:
    async with database.write() as session:
        for row in await list_keys(session):
            await revoke_key(session, row.id)


async def test_revocation_by_this_process_counts_at_once(client: AsyncClient, key: str, database: Database) -> None:
    assert outcome(await rank(client, f"Bearer {key}")) == "NotFoundError"
    await revoke_all(database)
    assert (await rank(client, f"Bearer {key}")).status_code == 401


async def test_revocation_by_another_process_counts_within_a_second(
    client: AsyncClient, key: str, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outcome(await rank(client, f"Bearer {key}")) == "NotFoundError"
    await rows.execute("UPDATE api_key SET revoked_at = created_at")
    assert auth.REMEMBERED_S == 1
    assert outcome(await rank(client, f"Bearer {key}")) == "NotFoundError"
    later = time.monotonic() + auth.REMEMBERED_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert (await rank(client, f"Bearer {key}")).status_code == 401


async def test_unfinished_revocation_does_not_count(client: AsyncClient, key: str, database: Database) -> None:
    with suppress(ZeroDivisionError):
        async with database.write() as session:
            await revoke_key(session, (await list_keys(session))[0].id)
            raise ZeroDivisionError
    assert outcome(await rank(client, f"Bearer {key}")) == "NotFoundError"


async def test_key_that_is_read_before_a_revocation_commits_is_read_again(database: Database, key: str) -> None:
    keys = auth.Keys(database)
    async with database.write() as session:
        await revoke_key(session, (await list_keys(session))[0].id)
        assert (await keys.authenticate(f"Bearer {key}".encode(), "a")).is_admin
    with pytest.raises(HTTPException):
        await keys.authenticate(f"Bearer {key}".encode(), "b")


async def test_key_is_read_once_for_many_requests(database: Database, key: str) -> None:
    keys = auth.Keys(database)
    for id in ("a", "b", "c"):
        caller = await keys.authenticate(f"Bearer {key}".encode(), id)
        assert caller == Caller("a test", is_admin=True, request_id=id)
    await database.dispose()
    assert (await keys.authenticate(f"Bearer {key}".encode(), "d")).actor == "a test"


async def test_guesses_fill_no_memory_and_push_no_key_out(
    database: Database, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "COUNT", 3)
    keys = auth.Keys(database)
    await keys.authenticate(f"Bearer {key}".encode(), "a")
    for guess in range(10):
        with pytest.raises(HTTPException):
            await keys.authenticate(b"Bearer %d" % guess, "b")
    kept = [len(cache) for cache in (keys._valid, keys._unknown)]  # pyright: ignore[reportPrivateUsage]
    assert kept == [1, 3]


async def test_key_is_checked_before_the_request_is_read(client: AsyncClient) -> None:
    """Nothing is parsed for a caller without a valid key."""
    headers = {"Authorization": "Bearer nothing"}
    for path in ("/graphql", "/graphql/stream"):
        for response in (
            await client.post(path, content=b"{", headers=headers | {"Content-Type": "text/plain"}),
            await client.get(path, headers=headers),
            await client.put(path, headers=headers),
        ):
            assert_unauthorized(response, "expected a key from `convene keys create`, got an unknown or revoked one")
