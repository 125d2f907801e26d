"""The floor: one hand-written statement for each query, on a bare route of the same server and driver.

`CONVENE_DATABASE_URL` names the database. The statements return exactly the service's bytes.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, cast

import aiosqlite
import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import orjson
from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from db.connections.drivers import sqlite
from db.connections.engine import POSTGRES_SETTINGS, SQLITE_PRAGMAS

CONNECTIONS: Final = 4

Fetch = Callable[[str, Any], Awaitable[bytes]]


class Dialect(NamedTuple):
    """The differences between the SQL of the two databases."""

    quoted: Callable[[str], str]
    joined: Callable[[str], str]
    decimal: Callable[[str], str]
    bytes: Callable[[str], str]
    parameter: str


SQLITE: Final = Dialect(
    quoted="json_quote({})".format,
    joined="group_concat({})".format,
    decimal=str,
    bytes="CAST({} AS BLOB)".format,
    parameter="?",
)
POSTGRES: Final = Dialect(
    quoted="to_json({})".format,
    joined="string_agg({}, ',')".format,
    decimal="trim_scale({})".format,
    bytes="convert_to({}, 'UTF8')".format,
    parameter="$1",
)


def statements(dialect: Dialect) -> dict[str, str]:
    """Return the statement of each query. Its parameter is the slug, or the id after which the page begins."""
    quoted, joined, decimal, as_bytes, parameter = dialect

    def number(column: str) -> str:
        return f"""coalesce('"' || {decimal(f"m.value_{column}")} || '"', 'null')"""

    def metrics(*parts: str, where: str = "") -> str:
        fields = " || ',' || ".join(f"""'"{part}":' || {number(part)}""" for part in parts)
        item = f"""'{{"state":"' ||
            CASE WHEN EXISTS (SELECT 1 FROM mark WHERE organization_id = o.id) THEN 'STALE' ELSE m.computed_state END
            || '","definition":{{"key":' || {quoted("m.key")} || '}},"value":' ||
            CASE WHEN m.value_unit IS NULL THEN 'null'
            ELSE '{{' || {fields} || ',"unit":' || {quoted("m.value_unit")} || '}}' END || '}}'"""
        return f"""coalesce((SELECT {joined(item)} FROM (
            SELECT v.*, d.key FROM metric_value v JOIN metric_definition d ON d.id = v.definition_id
            WHERE v.subject_id = o.id {where} ORDER BY v.id) m), '')"""

    def partnerships(first: int, item: str) -> str:
        return f"""coalesce((SELECT {joined(item)} FROM (
            SELECT p.role, p.start_edtf, q.name, q.slug, q.sector
            FROM partnership p JOIN organization q ON q.id = p.partner_id
            WHERE p.convener_id = o.id ORDER BY p.id LIMIT {first}) p), '')"""

    def workstreams(first: int, item: str) -> str:
        return f"""coalesce((SELECT {joined(item)} FROM (
            SELECT id, name, description FROM workstream
            WHERE convener_id = o.id ORDER BY id LIMIT {first}) w), '')"""

    participant = f"""'{{"partnership":{{"partner":{{"name":' || {quoted("t.name")} || '}}}}}}'"""
    participations = f"""coalesce((SELECT {joined(participant)} FROM (
        SELECT q.name FROM participation a JOIN partnership p ON p.id = a.partnership_id
        JOIN organization q ON q.id = p.partner_id WHERE a.workstream_id = w.id ORDER BY a.id LIMIT 50) t), '')"""
    partner = f"""'{{"role":"' || p.role || '","start":' || coalesce('"' || p.start_edtf || '"', 'null')
        || ',"partner":{{"name":' || {quoted("p.name")} || ',"slug":' || {quoted("p.slug")}
        || ',"sector":"' || p.sector || '"}}}}'"""
    workstream = f"""'{{"name":' || {quoted("w.name")}
        || ',"description":' || coalesce(CAST({quoted("w.description")} AS TEXT), 'null')
        || ',"participations":{{"nodes":[' || {participations} || ']}}}}'"""
    profile = f"""'{{"data":{{"organization":{{"name":' || {quoted("o.name")} || ',"slug":' || {quoted("o.slug")}
        || ',"sector":"' || o.sector || '","isConvener":' || CASE WHEN o.is_convener THEN 'true' ELSE 'false' END
        || ',"metrics":[' || {metrics("value", "lower", "upper")}
        || '],"partnerships":{{"nodes":[' || {partnerships(100, partner)}
        || ']}},"workstreams":{{"nodes":[' || {workstreams(4, workstream)} || ']}}}}}}}}'"""

    partner_in_brief = f"""'{{"role":"' || p.role || '","partner":{{"name":' || {quoted("p.name")}
        || ',"slug":' || {quoted("p.slug")} || '}}}}'"""
    workstream_in_brief = f"""'{{"name":' || {quoted("w.name")} || '}}'"""
    convener = f"""'{{"name":' || {quoted("o.name")} || ',"slug":' || {quoted("o.slug")}
        || ',"metrics":[' || {metrics("value")}
        || '],"partnerships":{{"nodes":[' || {partnerships(10, partner_in_brief)}
        || ']}},"workstreams":{{"nodes":[' || {workstreams(10, workstream_in_brief)} || ']}}}}'"""

    of_keys = "AND d.key IN ('revenue_per_employee', 'partner_type_breakdown')"
    small = f"""'{{"data":{{"organization":{{"name":' || {quoted("o.name")}
        || ',"metrics":[' || {metrics("value", where=of_keys)} || ']}}}}}}'"""
    page = f"""'{{"data":{{"organizations":{{"nodes":[' || coalesce({joined("item")}, '') || ']}}}}}}'"""
    return {
        "profile": f"SELECT {as_bytes(profile)} FROM organization o WHERE slug = {parameter}",
        "list": f"""SELECT {as_bytes(page)} FROM (SELECT {convener} AS item FROM (
            SELECT id, name, slug FROM organization
            WHERE is_convener AND id > {parameter} ORDER BY id LIMIT 50) o) items""",
        "small": f"SELECT {as_bytes(small)} FROM organization o WHERE slug = {parameter}",
    }


@asynccontextmanager
async def sqlite_pool(path: str) -> AsyncGenerator[Fetch]:
    """Open a few connections with the service's settings, each for one request at a time."""
    pool: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
    connections = [
        await aiosqlite.Connection(lambda: sqlite.connect(path, isolation_level=None), iter_chunk_size=64)
        for _ in range(CONNECTIONS)
    ]
    for connection in connections:
        await connection.executescript(";".join(f"PRAGMA {pragma}" for pragma in SQLITE_PRAGMAS))
        pool.put_nowait(connection)

    async def fetch(sql: str, parameter: Any) -> bytes:
        connection = await pool.get()
        try:
            [row] = await connection.execute_fetchall(sql, (parameter,))
            return row[0]
        finally:
            pool.put_nowait(connection)

    yield fetch
    for connection in connections:
        await connection.close()


@asynccontextmanager
async def postgres_pool(url: str) -> AsyncGenerator[Fetch]:
    """Open the same number of connections. Each prepares a statement once."""
    async with cast(Any, asyncpg).create_pool(
        url, min_size=CONNECTIONS, max_size=CONNECTIONS, server_settings=POSTGRES_SETTINGS, reset=_nothing
    ) as pool:
        yield lambda sql, parameter: pool.fetchval(sql, parameter)


async def _nothing(_: Any) -> None:
    """Skip the round trip that resets a connection, because these connections only read."""


def create_app() -> Starlette:
    """Return an app with a route for each query. It gets the body of a GraphQL request and reads only the variables."""
    url = make_url(os.environ["CONVENE_DATABASE_URL"])
    is_sqlite = url.get_backend_name() == "sqlite"
    fetch: Fetch

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        nonlocal fetch
        pool = sqlite_pool(url.database or "") if is_sqlite else postgres_pool(url.render_as_string(False))
        async with pool as fetch:
            yield

    def answering(sql: str, read: Callable[[dict[str, str]], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            variables = orjson.loads(await request.body())["variables"]
            return Response(await fetch(sql, read(variables)), media_type="application/json")

        return answer

    readers: dict[str, Callable[[dict[str, str]], Any]] = {
        "profile": lambda variables: variables["slug"],
        "list": lambda variables: int(variables["after"]),
        "small": lambda variables: variables["slug"],
    }
    sql = statements(SQLITE if is_sqlite else POSTGRES)
    routes = [Route(f"/{name}", answering(sql[name], read), methods=["POST"]) for name, read in readers.items()]
    return Starlette(routes=routes, lifespan=lifespan)
