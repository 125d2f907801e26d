"""A fixture with the Partnership on AI's record."""

import pytest

from db.connections.engine import Database
from seed.load import default_record, load_record


@pytest.fixture
async def loaded(database: Database) -> Database:
    """Yield a database that contains only the first record."""
    async with database.write() as session:
        assert await load_record(session, default_record())
    return database
