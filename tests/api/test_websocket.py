"""The WebSocket of `/graphql`: the protocol, its violations, and the cleanup after a connection."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from api import websocket
from api.request import MAX_BODY_BYTES
from api.settings import Settings
from db.commands.key import create_key, list_keys, revoke_key
from db.connections.engine import Database
from tests.api.live import CHANGED, REVENUE, Address, Client, Registry, serving, talking

NAME = "{ __typename }"
QUERY = "{ organizations { totalCount } }"
WRITE = 'mutation { setClaimRank(claim: "Claim:999", rank: NORMAL, write: {reason: "a test"}) { __typename } }'


@pytest.fixture
async def client(address: Address) -> AsyncIterator[Client]:
    async with talking(address) as client:
        yield client


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Address]:
    """Yield the address of a server for requests that are decided without the database, which is empty."""
    (tmp_path / "convene.db").touch()
    async with serving(Settings(data_dir=tmp_path)) as address:
        yield address


@pytest.fixture
async def stranger(front: Address) -> AsyncIterator[Client]:
    async with talking(front) as client:
        yield client


async def key(database: Database) -> str:
    async with database.write() as session:
        return await create_key(session, "a test")


async def test_subscriber_is_told_of_each_changed_value(address: Address, registry: Registry) -> None:
    async with talking(address) as client:
        await client.begin()
        await client.subscribe(REVENUE)
        await address.subscribed()
        for count, value in ((40, "165000"), (50, "132000")):
            await registry.employ(count)
            assert await client.event() == {"value": {"value": value}}
        await client.say(id="1", type="complete")
        await address.are_open(0)
        assert (await address.samples())["convene_events_sent_total"] == 2


async def test_queries_and_mutations_are_answered_too(client: Client, database: Database) -> None:
    secret = await key(database)
    await client.begin(Authorization=f"Bearer {secret}")
    await client.subscribe(QUERY, id="a")
    assert await client.hear() == {
        "id": "a",
        "type": "next",
        "payload": {"data": {"organizations": {"totalCount": 0}}},
    }
    assert await client.hear() == {"id": "a", "type": "complete"}
    await client.subscribe(WRITE, id="a")
    message = await client.hear()
    assert message["payload"] == {"data": {"setClaimRank": {"__typename": "NotFoundError"}}}


async def test_key_that_is_revoked_meanwhile_opens_nothing(client: Client, database: Database) -> None:
    await client.begin(authorization=f"Bearer {await key(database)}")
    async with database.write() as session:
        for one in await list_keys(session):
            await revoke_key(session, one.id)
    await client.subscribe(WRITE)
    message = await client.hear()
    assert message["type"] == "error"
    assert "revoked" in message["payload"][0]["message"]
    assert message["payload"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_key_in_the_header_counts(address: Address, database: Database) -> None:
    headers = {"Authorization": f"Bearer {await key(database)}"}
    async with talking(address, additional_headers=headers) as client:
        await client.begin()
        await client.subscribe(WRITE)
        assert (await client.hear())["payload"]["data"]["setClaimRank"]["__typename"] == "NotFoundError"


async def test_unknown_key_is_forbidden(client: Client) -> None:
    await client.say(type="connection_init", payload={"Authorization": "Bearer nothing"})
    code, reason = await client.closed()
    assert code == 4403
    assert reason is not None
    assert reason.startswith("Forbidden: expected a key from")


async def test_pings_are_answered_before_and_after_the_init(stranger: Client) -> None:
    await stranger.say(type="ping")
    assert await stranger.hear() == {"type": "pong"}
    await stranger.begin()
    await stranger.say(type="ping", payload={"n": 1})
    assert await stranger.hear() == {"type": "pong", "payload": {"n": 1}}
    await stranger.say(type="pong")
    await stranger.say(type="complete", id="none")
    await stranger.subscribe(NAME)
    assert (await stranger.hear())["type"] == "next"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("1", 4400),
        ("[]", 4400),
        ("{", 4400),
        ("[" * 100_000, 4400),
        (b"\xff", 4400),
        ("{}", 4400),
        ('{"type": "no"}', 4400),
        ('{"type": ["ping"]}', 4400),
        ('{"type": "ping", "payload": 1}', 4400),
        ('{"type": "subscribe", "payload": {"query": "{ __typename }"}}', 4400),
        ('{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": [1]}', 4400),
        ('{"type": "complete"}', 4400),
        ('{"type": "connection_init"}', 4429),
        ('{"type": "ping", "payload": {"x": "' + "x" * MAX_BODY_BYTES + '"}}', 1009),
    ],
)
async def test_protocol_errors_close_the_connection(stranger: Client, message: str | bytes, code: int) -> None:
    await stranger.begin()
    await stranger.socket.send(message)
    found, reason = await stranger.closed()
    assert (found, bool(reason)) == (code, True)


async def test_text_that_is_not_utf_8_closes_the_connection(stranger: Client) -> None:
    await stranger.begin()
    await stranger.socket.send(b"\xff\xfe", text=True)
    assert (await stranger.closed())[0] == 1007


async def test_subscribing_before_the_ack_is_refused(stranger: Client) -> None:
    await stranger.subscribe(NAME)
    assert await stranger.closed() == (4401, "Unauthorized")


async def test_init_has_a_time_to_come_in(front: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "INIT_S", 0.1)
    async with talking(front) as client:
        assert await client.closed() == (4408, "Connection initialisation timeout")


async def test_connection_stays_after_the_init(front: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "INIT_S", 0.1)
    async with talking(front) as client:
        await client.begin()
        await asyncio.sleep(0.3)
        await client.say(type="ping")
        assert await client.hear() == {"type": "pong"}


async def test_id_in_use_is_refused_and_may_be_used_again_later(address: Address, client: Client) -> None:
    await client.begin()
    await client.subscribe(CHANGED)
    await address.subscribed()
    await client.say(id="1", type="complete")
    await client.subscribe(CHANGED)
    await address.subscribed(2)
    await client.subscribe(CHANGED)
    assert await client.closed() == (4409, "Subscriber for 1 already exists")
    await address.are_open(0)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{", "Syntax Error"),
        ("subscription { nothing }", "Cannot query field"),
        ("subscription { a: metricChanged { id } b: metricChanged { id } }", "must select only one"),
        ("subscription { metricChanged @skip(if: true) { id } }", "must not use `@skip`"),
        ('subscription { metricChanged(organization: "1") { id } }', 'an id like "Organization:12"'),
        ('subscription { metricChanged(organization: "Claim:1") { id } }', "expected an Organization id"),
        ('subscription { metricChanged(organization: "Organization:9") { id } }', "got 'Organization:9'"),
        ('subscription { metricChanged(afterChange: "Change:9") { id } }', "got 'Change:9'"),
        ('subscription { metricChanged(keys: ["no"]) { id } }', "got 'no'"),
        ('subscription { metricChanged(keys: ["\\u0000"]) { id } }', "Unicode text without NUL"),
        ("subscription { metricChanged(keys: []) { id } }", "expected between 1 and 100 keys, got 0"),
        (
            "subscription { metricChanged { history(first: 500) { nodes { id } } } }",
            "expected first between 1 and 100, got 500",
        ),
        ("subscription { metricChanged { " + "id " * 5000 + "} }", "expected at most 4000 tokens"),
        ("mutation { setClaimRank }", "must have a selection"),
    ],
)
async def test_operation_that_can_not_run_is_an_error_of_its_own(client: Client, query: str, said: str) -> None:
    await client.begin()
    await client.subscribe(query)
    message = await client.hear()
    assert (message["id"], message["type"]) == ("1", "error")
    assert said in message["payload"][0]["message"]
    assert message["payload"][0]["extensions"]["code"]
    await client.subscribe(QUERY)
    assert (await client.hear())["type"] == "next"


async def test_bad_variables_refuse_a_subscription_whose_plan_is_known(client: Client, address: Address) -> None:
    query = "subscription($n: Int) { metricChanged { history(first: $n) { nodes { id } } } }"
    await client.begin()
    await client.subscribe(query, n=1)
    await address.subscribed()
    await client.subscribe(query, id="2", n=101)
    message = await client.hear()
    assert (message["id"], message["type"]) == ("2", "error")
    assert "got 101" in message["payload"][0]["message"]


async def test_connection_has_so_many_operations_at_a_time(settings: Settings) -> None:
    settings.max_socket_operations = 2
    async with serving(settings) as address, talking(address) as client:
        await client.begin()
        for id in "ab":
            await client.subscribe(CHANGED, id=id)
        await client.subscribe(CHANGED, id="c")
        message = await client.hear()
        assert message["id"] == "c"
        limit = "expected at most 2 operations on a connection, got 3"
        assert message["payload"] == [{"message": limit, "extensions": {"code": "LIMIT_EXCEEDED"}}]


async def test_process_has_so_many_subscriptions_at_a_time(settings: Settings) -> None:
    settings.max_subscriptions = 1
    async with serving(settings) as address, talking(address) as first, talking(address) as second:
        await first.begin()
        await first.subscribe(CHANGED)
        await address.subscribed()
        await second.begin()
        await second.subscribe(CHANGED)
        message = await second.hear()
        assert message["payload"][0]["message"].startswith("expected at most 1 subscriptions in a process, got 2")
        await first.socket.close()
        await address.are_open(0)
        await second.subscribe(CHANGED)
        await address.subscribed(2)


async def test_client_that_vanishes_leaves_nothing_behind(address: Address) -> None:
    before = len(asyncio.all_tasks())
    async with talking(address) as client:
        await client.begin()
        for id in range(20):
            await client.subscribe(CHANGED, id=str(id))
        await address.are_open(20)
        client.socket.transport.abort()
        await address.are_open(0)
    await asyncio.sleep(0.1)
    assert len(asyncio.all_tasks()) <= before


async def test_other_protocols_are_refused(front: Address) -> None:
    async with talking(front, subprotocols=["graphql-ws"]) as client:
        assert (await client.closed())[0] == 4406


async def test_page_of_another_origin_may_not(front: Address) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with talking(front, origin="http://elsewhere.example"):
            raise AssertionError
    async with talking(front, origin=front.origin) as client:
        await client.begin()


async def test_request_id_is_told(front: Address) -> None:
    async with talking(front, additional_headers={"X-Request-Id": "mine"}) as client:
        assert client.socket.response is not None
        assert client.socket.response.headers["x-request-id"] == "mine"


async def test_persisted_query_is_asked_for_by_its_hash(stranger: Client) -> None:
    await stranger.begin()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    await stranger.say(id="1", type="subscribe", payload={"extensions": extensions})
    message = await stranger.hear()
    assert message["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_failure_within_is_masked_and_its_id_is_free_again(stranger: Client) -> None:
    await stranger.begin()
    # The database of this server has no tables.
    for _ in range(2):
        await stranger.subscribe(QUERY)
        message = await stranger.hear()
        assert (message["id"], message["type"]) == ("1", "error")
        assert message["payload"][0]["message"] == "Internal server error"
        extensions = message["payload"][0]["extensions"]
        assert extensions["code"] == "INTERNAL_SERVER_ERROR"
        assert len(extensions["requestId"]) == 32
    await stranger.say(type="ping")
    assert await stranger.hear() == {"type": "pong"}


async def test_failure_of_the_init_closes_the_connection(stranger: Client) -> None:
    await stranger.say(type="connection_init", payload={"Authorization": "Bearer key"})
    assert await stranger.closed() == (1011, "Internal server error")
