"""Units of work beside each other."""

import asyncio

from db.engine import Database


async def test_writers_take_turns_as_they_come_where_only_one_can_write(database: Database) -> None:
    began: list[int] = []

    async def write(number: int) -> None:
        async with database.write() as session:
            await session.connection()
            began.append(number)
            # Until the next would have looked, and the one after it not.
            await asyncio.sleep(0.01 * number)

    async with asyncio.timeout(10):
        await asyncio.gather(*(write(number) for number in range(12)))
    assert began == list(range(12)) if database.dialect.name == "sqlite" else sorted(began) == list(range(12))
