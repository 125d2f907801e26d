"""Loading records: whole or not at all, and once."""

from pathlib import Path
from typing import Final

from sqlalchemy import select

from db.connections.sessions import ReadSession, WriteSession
from db.models import Change, Organization, Property, Source
from db.values.vocabulary import Datatype, Operation
from seed.record import Record, read
from seed.refusal import RecordError
from seed.rows import Rows

# The folder of the records that come with Convene.
RECORDS: Final = Path(__file__).parent / "data"


def default_record() -> Path:
    """The record that an empty registry begins with: the Partnership on AI."""
    return RECORDS / "partnership-on-ai.toml"


async def is_empty(session: ReadSession | WriteSession) -> bool:
    """Whether no organization is registered."""
    return await session.scalar(select(Organization.id).limit(1)) is None


async def load_record(session: WriteSession, record: Path) -> bool:
    """The record's rows are in the session, flushed; False where its text is loaded already and nothing was written.

    Organizations and properties that are registered already are referred to and left as they are; the convener must be
    new. Raises `RecordError`, with nothing added to the session, where the file or the registry stands against it.
    """
    entries = read(record)
    if await session.scalar(select(Source.id).where(Source.sha256 == entries.source.sha256)) is not None:
        return False
    organizations = await _registered_organizations(session, record, entries)
    properties = await _registered_properties(session, record, entries)
    rows = Rows(entries, organizations, properties)
    session.add_all(rows.all)
    await session.flush()
    session.add(_change(record, rows))
    await session.flush()
    return True


async def _registered_organizations(session: WriteSession, file: Path, entries: Record) -> dict[str, Organization]:
    slugs = [entry.slug for entry in entries.organizations]
    found = await session.scalars(select(Organization).where(Organization.slug.in_(slugs)))
    registered = {organization.slug: organization for organization in found}
    # Another telling of the same convener would repeat its partnerships and workstreams.
    if entries.convener in registered:
        problem = f"an organization that isn't registered yet is wanted, got {entries.convener!r}"
        raise RecordError.at(file, ("convener",), problem)
    return registered


async def _registered_properties(session: WriteSession, file: Path, entries: Record) -> dict[str, Property]:
    found = await session.scalars(select(Property).where(Property.key.in_(entries.properties)))
    registered = {row.key: row for row in found}
    for key, row in registered.items():
        entry = entries.properties[key]
        wanted, got = (row.datatype, row.unit), (entry.datatype, entry.unit)
        if wanted != got:
            problem = f"{_kind(*wanted)} is wanted, as it is registered, got {_kind(*got)}"
            raise RecordError.at(file, ("properties", key), problem)
    return registered


def _kind(datatype: Datatype, unit: str | None) -> str:
    return f"{datatype.name} in {unit}" if unit else datatype.name


def _change(record: Path, rows: Rows) -> Change:
    """One entry of the log for the whole record: a source is loaded at once, or not at all."""
    return Change(
        actor="seed",
        reason=f"Loaded {record.name}",
        operation=Operation.CREATE,
        node_type="Source",
        node_id=rows.source.id,
        organization_id=rows.convener.id,
        after={"title": rows.source.title, "sha256": rows.source.sha256},
    )
