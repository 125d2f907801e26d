"""Subscriptions over both transports: the newest state, nothing twice, and nothing lost."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import event, insert

from api import feed
from api.app import create_app
from api.settings import Settings
from db.connections.engine import Database
from db.models import Change, MetricRevision
from db.sql.clock import now
from db.values.vocabulary import MetricState, Operation
from schema.service import Caller, Service, Subscribed
from schema.service import Operation as Query
from tests.api.live import CHANGED, REVENUE, Address, Registry, serving, streaming, talking
from tests.workers.derived import metric, page
from workers.recompute import recompute

AFTER = "subscription($after: ID) { metricChanged(afterChange: $after) { definition { key } value { value } } }"


async def changed(database: Database, convener: int) -> str:
    async with database.write() as session:
        change = Change(
            actor="test", operation=Operation.UPDATE, node_type="Claim", node_id=1, organization_id=convener
        )
        session.add(change)
    return f"Change:{change.id}"


async def test_each_transport_tells_the_same(address: Address, registry: Registry) -> None:
    async with (
        talking(address) as client,
        streaming(address, CHANGED) as posted,
        streaming(address, CHANGED, "GET") as got,
    ):
        await client.begin()
        await client.subscribe(CHANGED)
        await address.subscribed(3)
        await registry.employ(40)
        told = await client.event()
        assert told["state"] == "FRESH"
        assert told.keys() == {"id", "definition", "value", "state"}
        assert await posted.event() == told
        assert await got.event() == told


async def test_only_the_wanted_are_told_of(address: Address, registry: Registry) -> None:
    other = await page(registry.rows)
    await recompute(registry.database, [other])
    query = (
        'subscription($of: ID) { metricChanged(organization: $of, keys: ["revenue_per_employee"]) { subject { id } } }'
    )
    async with talking(address) as client:
        await client.begin()
        await client.subscribe(query, of=f"Organization:{other}")
        await address.subscribed()
        await registry.employ(40)
        await registry.employ(50, other)
        await registry.employ(60)
        assert await client.event() == {"subject": {"id": f"Organization:{other}"}}
        await registry.employ(70, other)
        assert await client.event() == {"subject": {"id": f"Organization:{other}"}}


async def test_name_in_the_response_and_fragments_are_the_clients(address: Address, registry: Registry) -> None:
    query = (
        'subscription S($more: Boolean!, $n: Int) { mine: metricChanged(keys: ["revenue_per_employee"]) { ...F'
        " history(first: $n) { nodes { substitution @include(if: $more) state } } } }"
        " fragment F on MetricValue { __typename value { unit } }"
    )
    async with talking(address) as client:
        await client.begin()
        await client.subscribe(query, more=False, n=1)
        await address.subscribed()
        await registry.employ(40)
        message = await client.hear()
        told = {"__typename": "MetricValue", "value": {"unit": "USD"}, "history": {"nodes": [{"state": "FRESH"}]}}
        assert message["payload"] == {"data": {"mine": told}}


async def test_each_event_is_one_statement(settings: Settings, registry: Registry) -> None:
    async with serving(settings) as address, talking(address) as client:
        await client.begin()
        await client.subscribe(REVENUE)
        await address.subscribed()
        before = (await address.samples())["convene_statement_seconds_count"]
        for count in (40, 50):
            await registry.employ(count)
            await client.event()
        assert (await address.samples())["convene_statement_seconds_count"] - before == 2


async def test_value_that_is_the_same_again_is_no_news(address: Address, registry: Registry) -> None:
    async with talking(address) as client:
        await client.begin()
        await client.subscribe(REVENUE)
        await address.subscribed()
        await registry.employ(40)
        assert await client.event() == {"value": {"value": "165000"}}
        await registry.employ(40)
        await asyncio.sleep(2 * feed.LOOK_S)
        await registry.employ(50)
        assert await client.event() == {"value": {"value": "132000"}}


async def test_value_that_is_deleted_meanwhile_is_not_told_of(database: Database) -> None:
    service = Service(database)
    subscribed = service.subscription(Query(REVENUE), Caller())
    assert isinstance(subscribed, Subscribed)
    assert await service.event(subscribed, 1) is None


def revision(value_id: int) -> dict[str, Any]:
    return {
        "metric_value_id": value_id,
        "state": MetricState.FRESH,
        "substitution": "a test",
        "computed_at": now(),
    }


async def test_lower_revision_that_commits_later_is_told_of(address: Address, registry: Registry) -> None:
    """On Postgres, the ids of a sequence may commit out of order."""
    value = await metric(registry.database, registry.convener)
    breakdown = await metric(registry.database, registry.convener, "partner_type_breakdown")
    assert value is not None
    assert breakdown is not None
    table: Any = MetricRevision.__table__
    query = "subscription { metricChanged { definition { key } } }"
    async with talking(address) as client:
        await client.begin()
        await client.subscribe(query)
        await address.subscribed()
        if registry.database.dialect.name == "sqlite":
            # On SQLite only one transaction writes at a time, so ids commit in order.
            async with registry.database.write() as session:
                await session.execute(insert(table).values(revision(breakdown.id)))
            assert await client.event() == {"definition": {"key": "partner_type_breakdown"}}
            return
        async with registry.database.writer.connect() as early:
            lower = (await early.execute(insert(table).values(revision(value.id)).returning(table.c.id))).scalar_one()
            async with registry.database.write() as session:
                inserting = insert(table).values(revision(breakdown.id)).returning(table.c.id)
                assert (await session.execute(inserting)).scalar_one() > lower
            assert await client.event() == {"definition": {"key": "partner_type_breakdown"}}
            # The feed reads the log several times.
            await asyncio.sleep(3 * feed.LOOK_S)
            await early.commit()
        assert await client.event() == {"definition": {"key": "revenue_per_employee"}}
        await registry.employ(40)
        keys = {(await client.event())["definition"]["key"] for _ in range(2)}
        assert "partner_type_breakdown" not in keys


async def test_resuming_tells_what_was_missed_and_goes_on(address: Address, registry: Registry) -> None:
    await registry.rows.execute("UPDATE metric_revision SET computed_at = '2026-01-01T00:00:00.000000Z'")
    seen = await changed(registry.database, registry.convener)
    await registry.employ(40)
    await registry.employ(50)
    async with talking(address) as client:
        await client.begin()
        await client.subscribe(AFTER, after=seen)
        missed = [await client.event()]
        while missed[-1]["definition"]["key"] != "revenue_per_employee":
            missed.append(await client.event())
        keys = [one["definition"]["key"] for one in missed]
        assert len(keys) == len(set(keys))
        assert missed[-1]["value"] == {"value": "132000"}
        assert "partner_type_breakdown" not in keys


async def test_resuming_loses_nothing_that_commits_at_the_same_time(address: Address, registry: Registry) -> None:
    """The last event of each client is the current value, no matter when the connection breaks."""
    seen = await changed(registry.database, registry.convener)
    counts = range(40, 60)

    async def write() -> None:
        for count in counts:
            await registry.employ(count)

    last = f"{6_600_000 / counts[-1]:.2f}"
    writing = asyncio.create_task(write())
    query = AFTER.replace("(afterChange", '(keys: ["revenue_per_employee"], afterChange')
    while not writing.done():
        async with talking(address) as client:
            await client.begin()
            await client.subscribe(query, after=seen)
            await client.event()
    await writing
    async with talking(address) as client:
        await client.begin()
        await client.subscribe(query, after=seen)
        assert (await client.event())["value"] == {"value": last}


async def test_resuming_tells_nothing_that_was_long_before(address: Address, registry: Registry) -> None:
    seen = await changed(registry.database, registry.convener)
    await registry.rows.execute("UPDATE metric_revision SET computed_at = '2026-01-01T00:00:00.000000Z'")
    async with talking(address) as client:
        await client.begin()
        await client.subscribe(AFTER, after=seen)
        await address.subscribed()
        await registry.employ(40)
        told = await client.event()
    assert told["definition"]["key"] != "partner_type_breakdown"


async def test_database_that_is_away_for_a_while_costs_no_event(
    address: Address, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "REST_S", 0.05)
    async with talking(address) as client:
        await client.begin()
        await client.subscribe(REVENUE)
        await address.subscribed()
        await registry.rows.execute("ALTER TABLE metric_definition RENAME TO away")
        await asyncio.sleep(2 * feed.LOOK_S)
        await registry.rows.execute("ALTER TABLE away RENAME TO metric_definition")
        await registry.employ(40)
        assert await client.event() == {"value": {"value": "165000"}}


async def test_feed_reads_nothing_without_subscribers(settings: Settings, registry: Registry) -> None:
    app = create_app(settings, with_worker=False)
    async with app.router.lifespan_context(app):
        looked: list[str] = []
        database = app.state.feed._database
        event.listen(database.reader.sync_engine, "before_cursor_execute", lambda *args: looked.append(args[2]))
        await asyncio.sleep(2 * feed.LOOK_S)
        assert looked == []
        async with app.state.feed.subscribe(None, None):
            await asyncio.sleep(2 * feed.LOOK_S)
        # Without subscribers, the feed reads nothing.
        count = len(looked)
        assert count > 2
        await asyncio.sleep(2 * feed.LOOK_S)
        assert len(looked) <= count + 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_plain_request_says_where_subscriptions_are(address: Address, method: str) -> None:
    async with httpx.AsyncClient() as client:
        asked: Any = {"params": {"query": CHANGED}} if method == "GET" else {"json": {"query": CHANGED}}
        response = await client.request(method, f"{address.origin}/graphql", **asked)
    (error,) = response.json()["errors"]
    assert "open a WebSocket (graphql-transport-ws) at this address" in error["message"]
    assert "/graphql/stream" in error["message"]
