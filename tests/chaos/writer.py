"""`python -m tests.chaos.writer SEED` writes raw SQL to CONVENE_DATABASE_URL forever and prints one outcome a line."""

import asyncio
import sys
from random import Random
from typing import Final

from sqlalchemy.exc import DBAPIError

from api.settings import Settings
from db.connections.engine import Database
from tests.chaos.writes import WRITES, NoRow, Writing, lull_s

TASKS: Final = 2
# The average time between two transactions, and the longest time that some of them stay open.
REST_S, LINGER_S = 0.12, 0.06
ROLLED_BACK, LINGERING = 0.1, 0.15


class RolledBack(Exception):
    """Rolls a transaction back."""


async def write_forever(database: Database, random: Random) -> None:
    """Run transactions of one to three writes. Some are rolled back, and some stay open for a while."""
    while True:
        try:
            print(await _write(database, random), flush=True)  # noqa: T201 (The parent process counts the lines.)
        except (RolledBack, NoRow):
            print("rolled back", flush=True)  # noqa: T201
        except (DBAPIError, OSError):
            # The connection was lost, or the transaction deadlocked or timed out. Either all of it is written or
            # nothing.
            print("refused", flush=True)  # noqa: T201
            await asyncio.sleep(REST_S)
        await asyncio.sleep(random.uniform(0, 2 * REST_S) + lull_s())


async def _write(database: Database, random: Random) -> str:
    chosen = random.choices(list(WRITES), list(WRITES.values()), k=random.choice((1, 1, 2, 3)))
    async with database.write() as session:
        for write in chosen:
            await write(Writing(session, random))
        if random.random() < LINGERING:
            await asyncio.sleep(random.uniform(0, LINGER_S))
        if random.random() < ROLLED_BACK:
            raise RolledBack
    return chosen[-1].__name__


async def main(seed: str) -> None:
    database = Database(Settings().database)
    print("writing", flush=True)  # noqa: T201
    await asyncio.gather(*(write_forever(database, Random(f"{seed}.{task}")) for task in range(TASKS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
