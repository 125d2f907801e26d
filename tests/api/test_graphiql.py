"""The page at `/graphiql`, built and unbuilt, on a bare Starlette app."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette

from api.graphiql import UI, routes

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
QUERIES = UI / "src/queries"
READY: list[dict[str, Any]] = json.loads((QUERIES / "index.json").read_text())


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    return tmp_path / "dist"


@pytest.fixture
def built(dist: Path) -> Path:
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("the build")
    (dist / "assets/index-1a2b.js").write_text("1")
    return dist


@pytest.fixture
async def client(dist: Path) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(
        transport=ASGITransport(Starlette(routes=routes(dist))), base_url="http://convene"
    ) as client:
        yield client


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/"])
async def test_the_build_is_the_page(client: AsyncClient, built: Path, path: str) -> None:
    response = await client.get(path)
    assert (response.status_code, response.text) == (200, "the build")


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/"])
async def test_without_a_build_the_plain_page_is_the_page(client: AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert (response.status_code, response.text) == (200, (UI / "fallback.html").read_text())


async def test_a_build_counts_without_a_restart(client: AsyncClient, request: pytest.FixtureRequest) -> None:
    assert (await client.get("/graphiql/assets/index-1a2b.js")).status_code == 404
    request.getfixturevalue("built")
    assert (await client.get("/graphiql")).text == "the build"
    assert (await client.get("/graphiql/assets/index-1a2b.js")).text == "1"


@pytest.mark.parametrize("fixture", ["built", "dist"])
async def test_the_page_is_strict_and_never_stale(
    client: AsyncClient, request: pytest.FixtureRequest, fixture: str
) -> None:
    request.getfixturevalue(fixture)
    headers = (await client.get("/graphiql")).headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-cache"


@pytest.mark.usefixtures("built")
async def test_assets_are_kept_for_good(client: AsyncClient) -> None:
    response = await client.get("/graphiql/assets/index-1a2b.js")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"].startswith("text/javascript")


@pytest.mark.usefixtures("built")
async def test_a_missing_asset_is_not_kept(client: AsyncClient) -> None:
    response = await client.get("/graphiql/assets/index-gone.js")
    assert response.status_code == 404
    assert "cache-control" not in response.headers


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "path",
    [
        "assets/%2e%2e/index.html",
        "assets/..%2findex.html",
        "assets/%2fetc/passwd",
        "queries/%2e%2e/main.tsx",
        "queries/..%2f..%2fpackage.json",
        "assets/",
        "package.json",
        "fallback.html",
    ],
)
async def test_nothing_else_is_served(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"/graphiql/{path}")).status_code == 404


async def test_all_that_the_plain_page_loads_is_served(client: AsyncClient) -> None:
    page = (await client.get("/graphiql")).text
    loaded = set(re.findall(r'(?:src|href)="([^"]*)"', page))
    assert {path.rpartition(".")[2] for path in loaded} == {"css", "js", "svg"}
    for path in loaded:
        assert (await client.get(path)).status_code == 200, path


async def test_the_plain_page_has_no_script_of_its_own(client: AsyncClient) -> None:
    page = (await client.get("/graphiql")).text
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == [""]
    assert not re.search(r"\son\w+=", page)


def test_each_query_file_is_listed() -> None:
    assert {ready["name"] for ready in READY} == {path.stem for path in QUERIES.glob("*.graphql")}
    assert READY[0]["name"] == "page"


@pytest.mark.parametrize("ready", READY, ids=lambda ready: ready["name"])
async def test_a_ready_query_is_served_and_gets_its_variables(client: AsyncClient, ready: dict[str, Any]) -> None:
    response = await client.get(f"/graphiql/queries/{ready['name']}.graphql")
    [operation] = [node for node in parse(response.text).definitions if isinstance(node, OperationDefinitionNode)]
    assert [definition.variable.name.value for definition in operation.variable_definitions or ()] == list(
        ready["variables"]
    )


@pytest.mark.parametrize("ready", READY, ids=lambda ready: ready["name"])
def test_a_ready_query_is_valid(ready: dict[str, Any]) -> None:
    schema = build_schema((UI.parents[1] / "schema/schema.graphql").read_text())
    assert validate(schema, parse((QUERIES / f"{ready['name']}.graphql").read_text())) == []
