"""A user who writes through the API and reads the metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from httpx import ASGITransport, AsyncClient, Response

from api.app import create_app
from api.settings import Settings
from db.commands.key import create_key
from db.connections.engine import Database
from seed.load import default_record, load_record

EMPLOY = """mutation($count: Decimal!) { assertClaim(input: {subject: "Organization:1", property: "EMPLOYEES",
  value: {quantity: {value: $count, unit: "employee"}}, citations: []}) { __typename } }"""
METRIC = """{ organization(id: "Organization:1") {
  metric(key: "revenue_per_employee") { state value { value } } } }"""
REVENUE = Decimal(6_600_000)


class User:
    """Adds an employee to the Partnership on AI with each write, and reads its metric."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._employees = 100

    async def write(self) -> None:
        self._employees += 1
        answer = await self.ask(EMPLOY, count=self._employees)
        assert answer == {"assertClaim": {"__typename": "AssertClaimSuccess"}}

    async def sees_it(self) -> bool:
        """Return whether the metric is fresh and has the value of the last write."""
        metric = (await self.ask(METRIC))["organization"]["metric"]
        value = (REVENUE / self._employees).quantize(Decimal("0.01"))
        return metric is not None and metric["state"] == "FRESH" and Decimal(metric["value"]["value"]) == value

    async def ask(self, query: str, **variables: Any) -> Any:
        answer = await self._client.post("/graphql", json={"query": query, "variables": variables})
        return answer.json()["data"]

    async def get(self, path: str) -> Response:
        return await self._client.get(path)


@asynccontextmanager
async def using(settings: Settings, headers: dict[str, str]) -> AsyncIterator[User]:
    """Yield a user of an application that runs with its worker in this process."""
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app=app), base_url="http://convene", headers=headers) as client,
    ):
        yield User(client)


async def admitted(database: Database) -> dict[str, str]:
    """Load the Partnership on AI's record, create a key, and return the headers that carry it."""
    async with database.write() as session:
        await load_record(session, default_record())
        return {"Authorization": f"Bearer {await create_key(session, 'a test')}"}
