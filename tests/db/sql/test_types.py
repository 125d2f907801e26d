"""Decimals and moments keep their values on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from db.connections.engine import Database
from db.models import ApiKey, Post
from db.values.notation import iso, plain
from db.values.vocabulary import KeyRole
from tests.rows import Rows

DECIMALS = {
    "0": "0",
    "-0": "0",
    "-0.00": "0",
    "0E+5": "0",
    "1E+3": "1000",
    "100": "100",
    "2.50": "2.5",
    "-2.50": "-2.5",
    "0.000001": "0.000001",
    "1E-30": "0.000000000000000000000000000001",
    "6600000": "6600000",
    "178378.38": "178378.38",
    "12345678901234567890123456789012345678": "12345678901234567890123456789012345678",
    "0.12345678901234567890123456789012345678": "0.12345678901234567890123456789012345678",
    "-98765432109876543210.123456789012345678": "-98765432109876543210.123456789012345678",
    "9" * 100: "9" * 100,
}


@pytest.mark.parametrize(("written", "shortest"), DECIMALS.items())
def test_plain_is_the_shortest_notation_without_exponent(written: str, shortest: str) -> None:
    assert plain(Decimal(written)) == shortest


async def test_decimals_of_every_scale_come_back_without_loss(database: Database) -> None:
    rows = Rows(database)
    organization = await rows.organization()
    for written in DECIMALS:
        await rows.insert(
            "post", organization_id=organization, body="BOARD", label="seat", seats_value=Decimal(written)
        )
    async with database.read() as session:
        read = (await session.scalars(select(Post.__table__.c.seats_value).order_by(Post.id))).all()
    assert [f"{number:f}" for number in read] == list(DECIMALS.values())


@pytest.mark.parametrize("number", ["NaN", "-Infinity"])
async def test_a_decimal_that_is_not_finite_is_refused(database: Database, number: str) -> None:
    with pytest.raises(StatementError, match=f"expected a finite number, got {number}"):
        await Rows(database).insert("post", label="seat", seats_value=Decimal(number))


async def key_created(database: Database, moment: datetime) -> datetime:
    id = await Rows(database).insert("api_key", name="key", role=KeyRole.ADMIN, digest="0", created_at=moment)
    async with database.read() as session:
        read = await session.scalar(select(ApiKey.created_at).where(ApiKey.id == id))
    assert read is not None
    return read


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 22, 19, 20, 28, 123, tzinfo=UTC),
        datetime(2026, 11, 22, 19, 20, 28, tzinfo=UTC),
        datetime(2026, 11, 22, 19, 20, 28, 999999, tzinfo=timezone(timedelta(hours=-7, minutes=-30))),
        datetime(999, 1, 1, tzinfo=UTC),
    ],
)
async def test_a_moment_comes_back_in_utc_with_its_microseconds(database: Database, moment: datetime) -> None:
    read = await key_created(database, moment)
    assert read == moment
    assert read.utcoffset() == timedelta(0)


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="expected a time with a zone, got 2026-11-22T19:20:28"):
        await key_created(database, datetime(2026, 11, 22, 19, 20, 28))


def test_text_order_of_moments_is_time_order() -> None:
    moments = [datetime(999, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1, UTC)]
    assert [iso(moment) for moment in moments] == sorted(iso(moment) for moment in moments)
    assert iso(moments[2]) == "2026-01-01T00:00:00.000001Z"
