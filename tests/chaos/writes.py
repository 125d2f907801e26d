"""The raw writes. Each runs a few statements without commands, in a transaction that the caller ends."""

import time
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any, Final

from sqlalchemy import bindparam, text, update

from db.connections.sessions import WriteSession
from db.models import Base
from tests.chaos import rows
from tests.chaos.rows import CONVENERS, NUMBERS, RATINGS, RELATIONS, SECTORS, Columns

# Most writes go to one organization for a moment and then move on. No later write hides an error there.
HOT, HOT_S = 1, 0.4

# The writers pause at regular times, so that no later write hides an error.
BUSY_S, LULL_S = 5.0, 2.5


class NoRow(Exception):
    """No row exists that the write could change."""


def lull_s() -> float:
    """Return the seconds that are left of the current pause, or 0 if there is none."""
    phase = time.time() % (BUSY_S + LULL_S)
    return BUSY_S + LULL_S - phase if phase > BUSY_S else 0


class Writing:
    """A transaction's session, and the random choice of the rows to change."""

    def __init__(self, session: WriteSession, random: Random) -> None:
        self.session, self.random = session, random

    async def run(self, sql: str, **values: Any) -> None:
        await self.session.execute(text(sql), values)

    async def add(self, table: str, columns: Columns) -> int:
        return await rows.add(self.session, table, columns)

    async def change(self, table: str, id: int, **columns: Any) -> None:
        target = Base.metadata.tables[table]
        await self.session.execute(update(target).where(target.c.id == bindparam("row")).values(columns), {"row": id})

    async def pick(self, table: str, condition: str = "1 = 1", **values: Any) -> int:
        """Return the id of a random row. Raises `NoRow`."""
        sql = text(f"SELECT id FROM {table} WHERE {condition} ORDER BY random() LIMIT 1")
        found = await self.session.scalar(sql, values)
        if found is None:
            raise NoRow(table)
        return found

    async def convener(self) -> int:
        """Return the busy organization of this moment or a random one."""
        if self.random.random() < 0.4:
            return await self.pick("organization", "is_convener")
        first = int(time.time() / HOT_S) * HOT % CONVENERS
        sql = text("SELECT id FROM organization WHERE is_convener ORDER BY id LIMIT :many OFFSET :first")
        hot = (await self.session.scalars(sql, {"many": HOT, "first": first})).all()
        return self.random.choice(hot) if hot else await self.pick("organization", "is_convener")

    async def partner(self) -> int:
        return await self.pick("organization", "NOT is_convener")

    async def properties(self) -> dict[str, int]:
        found = await self.session.execute(text("SELECT key, id FROM property"))
        return {row.key: row.id for row in found}

    async def year(self) -> int:
        return await rows.last_year(self.session)

    async def of_convener(self, table: str, column: str = "convener_id") -> int:
        return await self.pick(table, f"{column} = :convener", convener=await self.convener())


async def add_claim(on: Writing) -> None:
    await on.add("claim", rows.number(on.random, await on.convener(), await on.properties()))


async def revise_claim(on: Writing) -> None:
    id = await on.of_convener("claim", "value_kind = 'QUANTITY' AND subject_organization_id")
    key = await on.session.scalar(
        text("SELECT key FROM property WHERE id = (SELECT property_id FROM claim WHERE id = :id)"), {"id": id}
    )
    await on.change("claim", id, **rows.quantity(on.random, str(key)))


async def rank_claim(on: Writing) -> None:
    id = await on.of_convener("claim", "subject_organization_id")
    await on.change("claim", id, rank=on.random.choice(("PREFERRED", "NORMAL", "DEPRECATED")))


async def clear_claim(on: Writing) -> None:
    await on.change("claim", await on.of_convener("claim", "subject_organization_id"), **rows.unknown_value(on.random))


async def delete_claim(on: Writing) -> None:
    await on.run("DELETE FROM claim WHERE id = :id", id=await on.of_convener("claim", "subject_organization_id"))


async def move_claim(on: Writing) -> None:
    id = await on.pick("claim", "subject_organization_id IS NOT NULL")
    await on.change("claim", id, subject_organization_id=await on.convener())


async def add_founding(on: Writing) -> None:
    await on.add("claim", rows.founding(on.random, await on.convener(), await on.properties()))


async def name_lab(on: Writing) -> None:
    await on.add("claim", rows.lab(on.random, await on.convener(), await on.partner(), await on.properties()))


async def claim_labs(on: Writing) -> None:
    await on.add("claim", rows.labs(on.random, await on.convener(), await on.properties()))


async def relate(on: Writing) -> None:
    """Relate a lab to a partner of a convener that names it, in either direction."""
    convener = await on.convener()
    lab = await on.session.scalar(
        text("SELECT max(value_organization_id) FROM claim WHERE subject_organization_id = :id"), {"id": convener}
    )
    partner = await on.session.scalar(
        text("SELECT max(partner_id) FROM partnership WHERE convener_id = :id"), {"id": convener}
    )
    if lab is None or partner is None:
        raise NoRow("organization_relation")
    await on.add("organization_relation", rows.relation(on.random, *on.random.sample((lab, partner), 2)))


async def change_relation(on: Writing) -> None:
    await on.change("organization_relation", await on.pick("organization_relation"), kind=on.random.choice(RELATIONS))


async def move_relation(on: Writing) -> None:
    column = on.random.choice(("from_organization_id", "to_organization_id"))
    await on.change("organization_relation", await on.pick("organization_relation"), **{column: await on.partner()})


async def delete_relation(on: Writing) -> None:
    await on.run("DELETE FROM organization_relation WHERE id = :id", id=await on.pick("organization_relation"))


async def add_partnership(on: Writing) -> None:
    parties = await on.convener(), await on.partner()
    await on.add("partnership", rows.partnership(on.random, await on.year(), *parties))


async def add_partnership_again(on: Writing) -> None:
    """Add another partnership of the same two organizations, perhaps in another role or later."""
    id = await on.of_convener("partnership")
    found = await on.session.execute(text("SELECT convener_id, partner_id FROM partnership WHERE id = :id"), {"id": id})
    await on.add("partnership", rows.partnership(on.random, await on.year(), *found.one()))


async def leave_or_return(on: Writing) -> None:
    columns = rows.maybe_end_columns(on.random, await on.year())
    await on.change("partnership", await on.of_convener("partnership"), **columns)


async def date_partnership(on: Writing) -> None:
    await on.change(
        "partnership", await on.of_convener("partnership"), **rows.start_and_end(on.random, await on.year())
    )


async def confirm_partner(on: Writing) -> None:
    id = await on.of_convener("partnership", "role = 'FOUNDING_PARTNER' AND convener_id")
    await on.change("partnership", id, **rows.confirmation(on.random))


async def move_partnership(on: Writing) -> None:
    await on.change("partnership", await on.pick("partnership"), convener_id=await on.convener())


async def delete_partnership(on: Writing) -> None:
    await on.run("DELETE FROM partnership WHERE id = :id", id=await on.pick("partnership"))


async def change_sector(on: Writing) -> None:
    await on.change("organization", await on.partner(), sector=on.random.choice(SECTORS))


async def add_seats(on: Writing) -> None:
    await on.add("post", rows.seats(on.random, await on.convener()))


async def change_seats(on: Writing) -> None:
    id = await on.pick("post", "body = 'BOARD'")
    await on.change("post", id, **rows.seats(on.random, await on.convener()))


async def delete_post(on: Writing) -> None:
    """Delete a post. This cascades to its tenures."""
    await on.run("DELETE FROM post WHERE id = :id", id=await on.of_convener("post", "organization_id"))


async def move_post(on: Writing) -> None:
    """Move a post, with its tenures, to another convener."""
    await on.change("post", await on.pick("post"), organization_id=await on.convener())


async def appoint_executive(on: Writing) -> None:
    post = await on.add("post", rows.executive(on.random, await on.convener()))
    await on.add("tenure", rows.tenure(on.random, post, await on.pick("person")))


async def date_tenure(on: Writing) -> None:
    """Change the start, the end, the person and the post of a tenure."""
    post = await on.pick("post", "body = 'EXECUTIVE'")
    await on.change("tenure", await on.pick("tenure"), **rows.tenure(on.random, post, await on.pick("person")))


async def delete_tenure(on: Writing) -> None:
    await on.run("DELETE FROM tenure WHERE id = :id", id=await on.pick("tenure"))


async def replace_person(on: Writing) -> None:
    """Delete a person, which cascades to tenures, and add a new one with tenures."""
    await on.run("DELETE FROM person WHERE id = :id", id=await on.pick("person"))
    person = await on.add("person", rows.person())
    for _ in range(9):
        await on.add("tenure", rows.tenure(on.random, await on.pick("post", "body = 'EXECUTIVE'"), person))


async def add_participation(on: Writing) -> None:
    await on.run(
        "INSERT INTO participation (workstream_id, partnership_id) VALUES (:workstream, :partnership)"
        " ON CONFLICT DO NOTHING",
        workstream=await on.pick("workstream"),
        partnership=await on.pick("partnership"),
    )


async def end_or_resume_participation(on: Writing) -> None:
    columns = rows.maybe_end_columns(on.random, await on.year())
    await on.change("participation", await on.pick("participation"), **columns)


async def delete_participation(on: Writing) -> None:
    await on.run("DELETE FROM participation WHERE id = :id", id=await on.pick("participation"))


async def add_workstream(on: Writing) -> None:
    id = await on.add("workstream", rows.workstream(await on.convener()))
    await on.add("output", rows.output(id))
    await on.add("claim", rows.note(on.random, id, await on.properties()))


async def move_workstream(on: Writing) -> None:
    await on.change("workstream", await on.pick("workstream"), convener_id=await on.convener())


async def delete_workstream(on: Writing) -> None:
    await on.run("DELETE FROM workstream WHERE id = :id", id=await on.pick("workstream"))


async def move_output(on: Writing) -> None:
    await on.change("output", await on.pick("output"), workstream_id=await on.pick("workstream"))


async def add_position(on: Writing) -> None:
    await on.add("position", rows.position(on.random, await on.pick("issue")))


async def move_issue(on: Writing) -> None:
    await on.change("issue", await on.pick("issue"), organization_id=await on.convener())


async def rate(on: Writing) -> None:
    await on.change("assessment", await on.pick("assessment"), rating=on.random.choice(RATINGS))


async def add_citation(on: Writing) -> None:
    await on.add("citation", rows.citation(await on.pick("passage"), await on.pick("claim")))


async def move_citation(on: Writing) -> None:
    await on.change("citation", await on.pick("citation"), claim_id=await on.pick("claim"))


async def move_passage(on: Writing) -> None:
    """Move a passage to another source."""
    await on.run(
        "UPDATE passage SET source_id = :source, ordinal = (SELECT max(ordinal) + 1 FROM passage) WHERE id = :id",
        source=await on.pick("source"),
        id=await on.pick("passage"),
    )


async def replace_source(on: Writing) -> None:
    """Delete a source, which cascades to passages and citations, and add a new one."""
    await on.run("DELETE FROM source WHERE id = :id", id=await on.pick("source"))
    await on.add("passage", rows.passage(await on.add("source", rows.source())))


async def replace_partner(on: Writing) -> None:
    """Delete a partner, which cascades to partnerships and participations, and add a new one."""
    await on.run("DELETE FROM organization WHERE id = :id", id=await on.partner())
    await on.add("organization", rows.organization(on.random, convener=False))


async def replace_convener(on: Writing) -> None:
    """Delete a convener, which cascades to all its rows, and add a new one with a few rows."""
    await on.run("DELETE FROM organization WHERE id = :id", id=await on.pick("organization", "is_convener"))
    id = await on.add("organization", rows.organization(on.random, convener=True))
    parties = id, await on.partner()
    partnership = await on.add("partnership", rows.partnership(on.random, await on.year(), *parties))
    properties = await on.properties()
    for _ in range(3):
        await on.add("claim", rows.number(on.random, id, properties))
    await on.add("claim", rows.founding(on.random, id, properties))
    await on.add("claim", rows.lab(on.random, *parties, properties))
    workstream = await on.add("workstream", rows.workstream(id))
    await on.add("participation", {"workstream_id": workstream, "partnership_id": partnership})
    await on.add("output", rows.output(workstream))
    await on.add(
        "tenure", rows.tenure(on.random, await on.add("post", rows.executive(on.random, id)), await on.pick("person"))
    )
    await on.add("assessment", rows.assessment(on.random, id))
    await on.add("position", rows.position(on.random, await on.add("issue", rows.issue(id))))


async def retire_or_convene(on: Writing) -> None:
    """Let one organization stop convening, and let a former convener convene again."""
    await on.change("organization", await on.convener(), is_convener=False)
    retired = "NOT is_convener AND EXISTS (SELECT 1 FROM workstream w WHERE w.convener_id = organization.id)"
    await on.change("organization", await on.pick("organization", retired), is_convener=True)


async def raise_in_bulk(on: Writing) -> None:
    """Change the claims of many organizations in one statement."""
    key = on.random.choice(list(NUMBERS))
    of_some = text("id % 41 = :at AND property_id = (SELECT id FROM property WHERE key = :key)")
    await on.session.execute(
        update(Base.metadata.tables["claim"]).where(of_some).values(rows.quantity(on.random, key)),
        {"at": on.random.randrange(41), "key": key},
    )


async def leave_in_bulk(on: Writing) -> None:
    some = update(Base.metadata.tables["partnership"]).where(text("id % 67 = :at"))
    columns = rows.end_columns(on.random, await on.year())
    await on.session.execute(some.values(columns), {"at": on.random.randrange(67)})


async def toggle_multivalued(on: Writing) -> None:
    await on.run(
        "UPDATE property SET multivalued = NOT multivalued WHERE key = :key",
        key=on.random.choice(("FOUNDER_COUNT", rows.LAB)),
    )


# The relative frequency of each write.
WRITES: Final[Mapping[Callable[[Writing], Awaitable[None]], float]] = {
    add_claim: 12,
    revise_claim: 24,
    rank_claim: 6,
    clear_claim: 8,
    delete_claim: 8,
    move_claim: 6,
    add_founding: 2,
    name_lab: 5,
    claim_labs: 3,
    relate: 5,
    change_relation: 4,
    move_relation: 3,
    delete_relation: 2,
    add_partnership: 8,
    add_partnership_again: 5,
    leave_or_return: 8,
    date_partnership: 8,
    confirm_partner: 6,
    move_partnership: 6,
    delete_partnership: 4,
    change_sector: 6,
    add_seats: 3,
    change_seats: 6,
    delete_post: 2,
    move_post: 4,
    appoint_executive: 3,
    date_tenure: 6,
    delete_tenure: 3,
    replace_person: 0.3,
    add_participation: 6,
    end_or_resume_participation: 4,
    delete_participation: 3,
    add_workstream: 3,
    move_workstream: 4,
    delete_workstream: 2,
    move_output: 4,
    add_position: 4,
    move_issue: 4,
    rate: 5,
    add_citation: 8,
    move_citation: 4,
    move_passage: 2,
    replace_source: 1,
    replace_partner: 3,
    replace_convener: 2,
    retire_or_convene: 2,
    raise_in_bulk: 1,
    leave_in_bulk: 1,
    toggle_multivalued: 0.1,
}
