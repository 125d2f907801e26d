"""A registry with the Partnership on AI's record, and a client for it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
from sqlalchemy import event

from db.connections.engine import Database
from schema.service import Caller, Operation, Service
from tests import shared

ADMIN = Caller(actor="a test", is_admin=True, request_id="test")


class Client:
    """Sends operations to one service, and counts the statements of each."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.service = Service(database)
        self.statements: list[str] = []
        self._fetch_bytes = database.fetch_bytes
        database.fetch_bytes = self._fetched
        for engine in {database.reader, database.writer}:
            event.listen(engine.sync_engine, "before_cursor_execute", self._record)

    def _record(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)

    async def _fetched(self, sql: str, parameters: Sequence[Any]) -> bytes:
        self.statements.append(sql)
        return await self._fetch_bytes(sql, parameters)

    async def ask(self, query: str, variables: dict[str, Any] | None = None, caller: Caller = ADMIN) -> dict[str, Any]:
        """Return the whole response."""
        self.statements.clear()
        answer = await self.service.answer(Operation(query, variables), caller)
        if not query.lstrip().startswith("mutation"):
            # Every read, however deep, may run one statement. It runs none if it is refused or needs no data.
            assert len(self.statements) <= 1, self.statements
        return orjson.loads(answer.body)

    async def data(self, query: str, **variables: Any) -> Any:
        """Return the response's data. Fails if there are errors."""
        response = await self.ask(query, variables)
        assert "errors" not in response, response
        return response["data"]

    async def error(self, query: str, **variables: Any) -> str:
        """Return the message of the response's only error."""
        response = await self.ask(query, variables)
        (error,) = response["errors"]
        return error["message"]


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def registry_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a registry with the Partnership on AI and its metrics, shared by the tests that only read."""
    return shared.template(request.param, "metrics")


@pytest.fixture
async def client(registry_url: str) -> AsyncIterator[Client]:
    """Yield a client of the shared registry. Tests must not write to it."""
    database = Database(registry_url)
    yield Client(database)
    await database.dispose()


@pytest.fixture
def writer(record: None, database: Database) -> Client:
    """Return a client of a registry with the Partnership on AI's record that only this test uses."""
    return Client(database)
