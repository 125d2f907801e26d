"""GraphQL over HTTP: accepted and refused requests, and their answers."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from httpx import AsyncClient, Response
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from api.graphql import GRAPHQL_RESPONSE, JSON, MAX_BODY_BYTES
from tests.rows import Rows

QUERY = {"query": "{ __typename }"}
SLUG = "query Named($slug: String!) { organization(slug: $slug) { name } }"
WRITE = 'mutation { setClaimRank(claim: "Claim:1", rank: NORMAL, write: {reason: "none"}) { __typename } }'


def refusal(response: Response) -> str:
    """Return the message of a response with one error and no data."""
    body = response.json()
    assert list(body) == ["errors"]
    (error,) = body["errors"]
    assert error["extensions"]["code"]
    return error["message"]


async def post(client: AsyncClient, body: bytes | str, **headers: str) -> Response:
    return await client.post("/graphql", content=body, headers={"Content-Type": JSON, **headers})


async def test_query_is_answered(client: AsyncClient, rows: Rows) -> None:
    await rows.organization()
    response = await client.post("/graphql", json={"query": SLUG, "variables": {"slug": "organization-1"}})
    assert response.status_code == 200
    assert response.json() == {"data": {"organization": {"name": "organization-1"}}}
    assert response.headers["cache-control"] == "no-store"


async def test_named_operation_of_several_is_the_one_that_runs(front: AsyncClient) -> None:
    body = {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}
    assert (await front.post("/graphql", json=body)).json() == {"data": {"b": "Query"}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "expected the body to be a JSON object in UTF-8, got: Input is a zero-length, empty document"),
        (b"{", "expected the body to be a JSON object in UTF-8, got: "),
        (b"1", "expected the body to be a JSON object, got a number"),
        (b"1e3", "expected the body to be a JSON object, got a number"),
        (b"null", "expected the body to be a JSON object, got null"),
        (b"true", "expected the body to be a JSON object, got a boolean"),
        (b'"x"', "expected the body to be a JSON object, got a string"),
        (b"[]", "expected the body to be a JSON object, got an array"),
        (b'[{"query":"{__typename}"}]', "expected the body to be a JSON object, got an array"),
        (b"\xff\xfe", "expected the body to be a JSON object in UTF-8, got: str is not valid UTF-8"),
        ('{"query":"{__typename}"}'.encode("utf-16"), "expected the body to be a JSON object in UTF-8, got: "),
        (b'{"query":"\\ud800"}', "expected the body to be a JSON object in UTF-8, got: "),
        (b"[" * 100_000, "expected the body to be a JSON object in UTF-8, got: depth limit exceeded"),
        (b'{"variables":' * 10_000, "expected the body to be a JSON object in UTF-8, got: depth limit exceeded"),
        (b"{}", "expected query to be a GraphQL document, got none"),
        (b'{"query":null}', "expected query to be a string, got null"),
        (b'{"query":1}', "expected query to be a string, got a number"),
        (b'{"query":["{__typename}"]}', "expected query to be a string, got an array"),
        (b'{"query":"{__typename}","variables":[]}', "expected variables to be an object, got an array"),
        (b'{"query":"{__typename}","variables":"{}"}', "expected variables to be an object, got a string"),
        (b'{"query":"{__typename}","operationName":{}}', "expected operationName to be a string, got an object"),
        (b'{"query":"{__typename}","operationName":false}', "expected operationName to be a string, got a boolean"),
        (b'{"query":"{__typename}","extensions":1}', "expected extensions to be an object, got a number"),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
async def test_body_that_is_no_request_is_refused(front: AsyncClient, body: bytes, message: str, accept: str) -> None:
    response = await post(front, body, Accept=accept)
    assert response.status_code == 400
    assert refusal(response).startswith(message)
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize("rest", [{}, {"variables": None}, {"operationName": None}, {"extensions": None}, {"more": 1}])
async def test_optional_fields_may_be_null(front: AsyncClient, rest: dict[str, Any]) -> None:
    assert (await front.post("/graphql", json=QUERY | rest)).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        ("{", {}, "Syntax Error"),
        ("", {}, "Syntax Error"),
        ("{ nothing }", {}, "Cannot query field 'nothing'"),
        (SLUG, {}, "Variable '$slug'"),
        (SLUG, {"slug": 1}, "Variable '$slug'"),
    ],
)
async def test_request_error_is_400_for_those_who_know_the_newer_type_only(
    front: AsyncClient, query: str, variables: dict[str, Any], message: str
) -> None:
    body = json.dumps({"query": query, "variables": variables})
    for accept, status in ((GRAPHQL_RESPONSE, 400), (JSON, 200)):
        response = await post(front, body, Accept=accept)
        assert response.status_code == status
        assert message in refusal(response)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("APPLICATION/JSON; charset=utf-8", JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE};q=0.5", JSON),
        (f"{GRAPHQL_RESPONSE};q=0, */*", JSON),
        (f"{GRAPHQL_RESPONSE}, application/json, text/event-stream, multipart/mixed", GRAPHQL_RESPONSE),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
    ],
)
async def test_answer_is_of_the_type_that_accept_prefers(front: AsyncClient, accept: str, wanted: str) -> None:
    response = await front.post("/graphql", json=QUERY, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{wanted}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "text/event-stream", "application/json;q=0", "application/json;q=x"])
async def test_accept_that_rules_out_both_types_is_406(front: AsyncClient, accept: str) -> None:
    response = await front.post("/graphql", json=QUERY, headers={"Accept": accept})
    assert response.status_code == 406
    assert refusal(response) == f"expected Accept to allow {GRAPHQL_RESPONSE} or {JSON}, got {accept!r}"


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Content-Type": "text/plain"}, "expected Content-Type application/json, got text/plain"),
        (
            {"Content-Type": "application/x-www-form-urlencoded"},
            "expected Content-Type application/json, got application/x-www-form-urlencoded",
        ),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            "Content-Type application/json, got multipart/form-data",
        ),
        ({"Content-Type": "application/graphql"}, "expected Content-Type application/json, got application/graphql"),
        ({}, "expected Content-Type application/json, got none"),
        ({"Content-Type": "application/json; charset=latin-1"}, "expected charset utf-8, got latin-1"),
        ({"Content-Type": JSON, "Content-Encoding": "gzip"}, "expected Content-Encoding identity, got gzip"),
    ],
)
async def test_post_of_another_content_type_is_415(front: AsyncClient, headers: dict[str, str], message: str) -> None:
    response = await front.post("/graphql", content=json.dumps(QUERY), headers=headers)
    assert response.status_code == 415
    assert message in refusal(response)


async def test_utf_8_may_be_named(front: AsyncClient) -> None:
    for charset in ("utf-8", '"UTF-8"'):
        content_type = f"application/json; charset={charset}"
        response = await front.post("/graphql", content=json.dumps(QUERY), headers={"Content-Type": content_type})
        assert response.status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_other_method_is_405(front: AsyncClient, method: str) -> None:
    response = await front.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_announced_body_over_the_limit_is_413(front: AsyncClient) -> None:
    for size, status in ((MAX_BODY_BYTES, 400), (MAX_BODY_BYTES + 1, 413)):
        response = await post(front, b" " * size)
        assert response.status_code == status
    assert refusal(response) == "expected a body of at most 1048576 bytes, got more"
    assert response.headers["connection"] == "close"


async def test_unannounced_body_is_read_up_to_the_limit_only(front: AsyncClient) -> None:
    read = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 65536
            yield b" " * 65536

    response = await front.post("/graphql", content=chunks(), headers={"Content-Type": JSON})
    assert response.status_code == 413
    assert MAX_BODY_BYTES < read <= MAX_BODY_BYTES + 2 * 65536


async def test_get_answers_a_query(client: AsyncClient, rows: Rows) -> None:
    await rows.organization()
    parameters = {"query": SLUG, "variables": '{"slug": "organization-1"}', "operationName": "Named", "extensions": ""}
    response = await client.get("/graphql", params=parameters)
    assert response.json() == {"data": {"organization": {"name": "organization-1"}}}


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "expected query to be a GraphQL document, got none"),
        ("?query={__typename}&variables={", "expected variables to be a JSON object, got: "),
        ("?query={__typename}&variables=[]", "expected variables to be an object, got an array"),
        ("?query={__typename}&extensions=1", "expected extensions to be an object, got a number"),
    ],
)
async def test_get_that_is_no_request_is_refused(front: AsyncClient, address: str, message: str) -> None:
    response = await front.get(f"/graphql{quote(address, safe='?=&')}")
    assert response.status_code == 400
    assert refusal(response).startswith(message)


async def test_mutation_by_get_is_405_and_not_run(client: AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": WRITE})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert "mutation" in refusal(response)


async def test_unexpected_failure_is_masked_and_logged_under_the_id_it_is_answered_with(
    client: AsyncClient, rows: Rows
) -> None:
    await rows.execute("ALTER TABLE organization RENAME TO gone")
    body = {"query": SLUG, "variables": {"slug": "secret-slug"}}
    with capture_logs(processors=[merge_contextvars]) as logged:
        response = await client.post("/graphql", json=body, headers={"X-Request-Id": "abc.1"})
    assert response.status_code == 500
    error = {"message": "Internal server error", "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "abc.1"}}
    assert response.json() == {"errors": [error]}
    assert logged == [{"event": "request failed", "log_level": "error", "exc_info": True, "request_id": "abc.1"}]
