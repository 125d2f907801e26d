"""The Partnership on AI's record, loaded."""

import pytest

from db.connections.engine import Database
from seed.load import default_record, load_record


@pytest.fixture
async def loaded(database: Database) -> Database:
    """A database that holds the first record and nothing else."""
    async with database.write() as session:
        assert await load_record(session, default_record())
    return database
