"""Inserts rows by plain INSERT, as another program would, without sessions or commands."""

from typing import Any

from sqlalchemy import insert, select, text

from db.connections.engine import Database
from db.models import Base, Mark
from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from db.values.vocabulary import Datatype, OutputKind, PostBody, Sector


class Rows:
    """Inserts rows. Each method commits its own transaction and returns the new row's id, unless it says otherwise."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._count = 0

    async def insert(self, table: str, **columns: Any) -> int:
        async with self.database.writer.begin() as connection:
            target = Base.metadata.tables[table]
            return (await connection.execute(insert(target).values(columns).returning(target.c.id))).scalar_one()

    async def execute(self, sql: str, **values: Any) -> None:
        async with self.database.writer.begin() as connection:
            await connection.execute(text(sql), values)

    async def organization(self, *, convener: bool = False, sector: Sector = Sector.INDUSTRY) -> int:
        self._count += 1
        name = f"organization-{self._count}"
        return await self.insert("organization", slug=name, name=name, is_convener=convener, sector=sector)

    async def partnership(self, convener: int, partner: int, **columns: Any) -> int:
        return await self.insert(
            "partnership", convener_id=convener, partner_id=partner, sector_at_time=Sector.INDUSTRY, **columns
        )

    async def workstream(self, convener: int) -> int:
        return await self.insert("workstream", convener_id=convener, name="workstream")

    async def output(self, workstream: int) -> int:
        return await self.insert("output", workstream_id=workstream, kind=OutputKind.RESEARCH)

    async def post(self, organization: int) -> int:
        return await self.insert("post", organization_id=organization, body=PostBody.BOARD, label="seat")

    async def property(self, key: str, datatype: Datatype = Datatype.QUANTITY, *, multivalued: bool = False) -> int:
        async with self.database.reader.connect() as connection:
            found = await connection.scalar(text("SELECT id FROM property WHERE key = :key"), {"key": key})
        return found or await self.insert(
            "property", key=key, label=key.replace("_", " ").capitalize(), datatype=datatype, multivalued=multivalued
        )

    async def claim(
        self, property_key: str, value: Quantity | str, when: str | None = None, **subject_and_more: Any
    ) -> int:
        """Insert a claim. Name the subject like `subject_organization_id=1`."""
        datatype = Datatype.TEXT if isinstance(value, str) else Datatype.QUANTITY
        columns = {"text": value} if isinstance(value, str) else _quantity(value)
        return await self.insert(
            "claim",
            property_id=await self.property(property_key, datatype),
            value_kind=datatype,
            **columns,
            **(_date("valid_during", PartialDate.of(when)) if when else {}),
            **subject_and_more,
        )

    async def marked(self) -> set[int]:
        """Return the ids of the organizations that have marks."""
        async with self.database.reader.connect() as connection:
            return set((await connection.execute(select(Mark.organization_id))).scalars())

    async def clear(self) -> None:
        await self.execute("DELETE FROM mark")


def _quantity(quantity: Quantity) -> dict[str, Any]:
    return {f"quantity_{name}": value for name, value in vars(quantity).items() if name != "as_of"}


def _date(name: str, date: PartialDate) -> dict[str, Any]:
    return {f"{name}_{part}": value for part, value in vars(date).items()}
