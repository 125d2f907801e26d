"""The server of the ordinary schema."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL

from bench.ordinary.loaders import Loaders
from bench.ordinary.schema import schema
from db.connections.engine import Database


class Endpoint(GraphQL[Any, None]):
    def __init__(self, database: Database) -> None:
        super().__init__(schema)
        self._database = database

    async def get_context(self, request: Any, response: Any) -> Loaders:
        return Loaders(self._database)


def create_app() -> Starlette:
    """Return an app that serves the schema at `/graphql`, on the database that `CONVENE_DATABASE_URL` names."""
    database = Database(os.environ["CONVENE_DATABASE_URL"])

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        yield
        await database.dispose()

    return Starlette(routes=[Route("/graphql", Endpoint(database))], lifespan=lifespan)
